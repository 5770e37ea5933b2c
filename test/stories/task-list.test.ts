// The task list of a project as commands read it: lines are seen, and acted on, before anybody imported them.
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openYard, type Told } from '../support/yard.ts';

const why = ({ id, title, state, reason }: Told & { title: string }) => [id, title, state, reason];

test('lines of TODO.md are seen by every command that looks, as they stand now, and nothing is stored by that', async () => {
  const todo =
    '- [ ] t1 First #auto-dispatch\n- [ ] t2 Second #auto-dispatch blocked-by:t1,t3\n- [ ] t3 Unmarked\n  with a body\n- [x] t4 Done\n';
  const yard = await openYard({ todo, actions: {} });
  const ls = async () => (await yard.json<(Told & { title: string })[]>('ls')).map(why);
  const expected = [
    ['t1', 'First', 'queued', 'its line in TODO.md was not taken in yet'],
    ['t2', 'Second', 'queued', 'it waits for t1 (queued), t3 (queued)'],
    ['t3', 'Unmarked', 'queued', 'it is not marked #auto-dispatch'],
  ];
  expect(await ls()).toEqual(expected);
  expect(await ls()).toEqual(expected);
  expect(await yard.json<unknown[]>('ls', '--state', 'done')).toEqual([]);
  expect(await yard.json('route', '--task', 't1')).toMatchObject({ agent: expect.any(String) });
  expect(await yard.json('explain', 't2')).toMatchObject({ why: 'it waits for t1 (queued), t3 (queued)' });
  expect(await yard.json('show', 't3')).toMatchObject({ title: 'Unmarked', body: 'with a body' });
  expect(await yard.json('import')).toMatchObject({ added: 3 });
  // What is stored is seen as its line says now.
  yard.writeTodo('- [ ] t1 First, and better model:haiku\n- [ ] t1. Wrong\n');
  expect((await ls())[0]).toEqual(['t1', 'First, and better', 'queued', 'added']);
  expect((await yard.run('ls')).stderr).toMatch(/TODO\.md:2: "t1\." is no id/);
  expect(await yard.json('route', '--task', 't1')).toMatchObject({ model: expect.stringContaining('haiku') });
  expect(await yard.run('explain', 't9')).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no task t9') });
});

test('a line that nobody imported can be acted on', async () => {
  const yard = await openYard({ todo: '- [ ] t1 One\n- [ ] t2 Two\n- [ ] t3 Three\n', actions: {} });
  expect(await yard.json('cancel', 't1')).toMatchObject({ id: 't1', state: 'cancelled' });
  expect(await yard.run('schedule', 'add', '0 3 * * *', '--task', 't2')).toMatchObject({ code: 0 });
  await yard.run('batch', 'create', 'all');
  expect(await yard.run('batch', 'add', 'all', 't3')).toMatchObject({ code: 0 });
  expect(await yard.json('ls')).toMatchObject([
    { id: 't1', state: 'cancelled' },
    { id: 't2', state: 'queued' },
    { id: 't3', batch: 'all' },
  ]);
});

test('a marked line that is no task is told by every command that reads the list, with its line and the cure', async () => {
  const yard = await openYard({ todo: '# Tasks\n\n- [ ] Fix the login #auto-dispatch\n- [ ] t1 Unmarked #auto-dispach\n', actions: {} });
  const told = [/TODO\.md:3: .*no id.*\n.*such as t12/, /TODO\.md:4: "#auto-dispach".*\n.*did you mean #auto-dispatch\?/];
  for (const command of ['ls', 'import', 'run', 'pulse'])
    for (const one of told) expect((await yard.run(command)).stderr, command).toMatch(one);
  const { stdout } = await yard.run('doctor');
  for (const one of [/line 3: .*no id.*such as t12/, /line 4: "#auto-dispach".*did you mean/]) expect(stdout).toMatch(one);
});

test('what init writes starts nothing', async () => {
  const yard = await openYard({ todo: '', actions: {} });
  rmSync(`${yard.repo}/TODO.md`);
  expect(await yard.json('init', '--yes')).toMatchObject({ written: expect.arrayContaining(['TODO.md']) });
  expect(yard.todo()).toContain('#auto-dispatch');
  expect(await yard.run('doctor')).toMatchObject({ stdout: expect.stringMatching(/TODO\.md +0 tasks/) });
  expect(await yard.json<unknown[]>('ls')).toEqual([]);
  expect(await yard.run('run')).toMatchObject({ code: 3 });
});
