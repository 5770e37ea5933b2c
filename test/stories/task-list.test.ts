// The task list of a project as commands read it: lines are seen, and acted on, before anybody imported them.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { taskLists } from '../support/sample-task-lists.ts';
import { importsWhole } from '../support/import-task-list.ts';
import { noTerminal, openTerminal } from '../support/terminal.ts';
import { openYard, type Told } from '../support/yard.ts';

const why = ({ id, title, state, reason }: Told & { title: string }) => [id, title, state, reason];

test('every command that shows tasks shows the lines of TODO.md as they are now, and stores nothing by that', async () => {
  const todo =
    '- [ ] t1 First #auto-dispatch\n- [ ] t2 Second #auto-dispatch blocked-by:t1,t3\n- [ ] t3 Unmarked\n  with a body\n- [x] t4 Done\n';
  const yard = await openYard({ todo, actions: {} });
  const ls = async () => (await yard.json<(Told & { title: string })[]>('ls')).map(why);
  const expected = [
    ['t1', 'First', 'queued', 'its line in TODO.md was not imported yet'],
    ['t2', 'Second', 'queued', 'it waits for t1 (queued), t3 (queued)'],
    ['t3', 'Unmarked', 'queued', 'it does not have the tag #auto-dispatch'],
  ];
  expect(await ls()).toEqual(expected);
  expect(await ls()).toEqual(expected);
  expect(await yard.json<unknown[]>('ls', '--state', 'done')).toEqual([]);
  expect((await yard.run('ls', '--state', 'failed')).stderr).toBe('no failed tasks\n');
  expect(await yard.json('route', '--task', 't1')).toMatchObject({ agent: expect.any(String) });
  expect(await yard.json('explain', 't2')).toMatchObject({ why: 'it waits for t1 (queued), t3 (queued)' });
  expect(await yard.json('show', 't3')).toMatchObject({ title: 'Unmarked', body: 'with a body' });
  expect(await yard.json('import')).toMatchObject({ added: 3 });
  // What is stored is seen as its line says now.
  yard.writeTodo('- [ ] t1 First, and better #auto-dispatch model:haiku\n- [ ] t1. Wrong\n');
  expect((await ls())[0]).toEqual(['t1', 'First, and better', 'queued', 'added']);
  expect((await yard.run('ls')).stderr).toMatch(/TODO\.md:2: "t1\." is no id/);
  expect(await yard.json('route', '--task', 't1')).toMatchObject({ model: expect.stringContaining('haiku') });
  expect(await yard.run('explain', 't9')).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no task t9') });
});

test('commands see that a line was removed, ticked, declined or made unreadable before a supervisor has read the list', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 One #auto-dispatch\n- [ ] t2 Two\n- [ ] t3 Three blocked-by:t2 #auto-dispatch\n- [ ] t4 Four\n- [ ] t5 Five #auto-dispatch\n',
    actions: {},
  });
  expect(await yard.json('import')).toMatchObject({ added: 5 });
  yard.writeTodo('- [x] t2 Two\n- [ ] t3 Three blocked-by:t9 #auto-dispatch\n- [-] t4 Four\n- [?] t5 Five\n');
  const ls = async (...flags: string[]) => (await yard.json<(Told & { title: string })[]>('ls', ...flags)).map(why);
  const gone = 'its line is no longer in TODO.md';
  const now = [
    ['t1', 'One', 'queued', gone],
    ['t2', 'Two', 'cancelled', 'ticked by hand in TODO.md'],
    ['t3', 'Three', 'queued', 'it waits for t9 (no open task has this id: add one, or remove the id from blocked-by)'],
    ['t4', 'Four', 'cancelled', 'declined in TODO.md'],
    ['t5', 'Five', 'queued', 'its line in TODO.md cannot be read'],
  ];
  expect(await ls()).toEqual(now);
  expect(await ls('--state', 'cancelled')).toEqual([now[1], now[3]]);
  expect(await ls('--state', 'queued')).toEqual([now[0], now[2], now[4]]);
  expect(await yard.json('explain', 't1')).toMatchObject({ why: gone });
  // A supervisor comes to the same.
  await yard.run('pulse');
  expect(await ls()).toEqual(now);
  rmSync(`${yard.repo}/TODO.md`);
  expect((await ls('--state', 'queued')).map(([id, , , reason]) => [id, reason])).toEqual([
    ['t1', gone],
    ['t3', gone],
    ['t5', gone],
  ]);
});

test('commands can act on a line that nobody imported', async () => {
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

test('every command that reads the list reports a line with #auto-dispatch that is no task, with its number and the cure', async () => {
  const yard = await openYard({ todo: '# Tasks\n\n- [ ] Fix the login #auto-dispatch\n- [ ] t1 Unmarked #auto-dispach\n', actions: {} });
  const told = [/TODO\.md:3: .*no id.*\n.*such as t12/, /TODO\.md:4: "#auto-dispach".*\n.*did you mean #auto-dispatch\?/];
  for (const command of ['ls', 'import', 'run', 'pulse'])
    for (const one of told) expect((await yard.run(command)).stderr, command).toMatch(one);
  const { stdout } = await yard.run('doctor');
  for (const one of [/line 3: .*no id.*such as t12/, /line 4: "#auto-dispach".*did you mean/]) expect(stdout).toMatch(one);
});

test('import --assign gives ids to lines without one, shows a patch and changes nothing else', async () => {
  const todo = '# Ours\r\n\r\n- [ ] Fix the login #auto-dispatch\r\n  - [ ] a step\r\n1. [ ] #12 Search\r\n- [x] Done\r\n- [ ] t3 Known';
  const yard = await openYard({ todo, actions: {} });
  await yard.run('add', 'From elsewhere', '--id', 't7');
  const asked = await yard.run('import', '--assign');
  expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no terminal on which to ask you') });
  expect(asked.stdout).toMatch(/^-- \[ \] Fix the login.*\s+\+- \[ \] t8 Fix the login/m);
  expect(yard.todo()).toBe(todo);
  expect(await yard.json('import', '--assign', '--yes')).toMatchObject({
    added: 3,
    problems: [],
    assigned: [
      { line: 3, id: 't8' },
      { line: 5, id: 't9' },
    ],
    patch: expect.stringContaining('+1. [ ] t9 #12 Search'),
  });
  expect(yard.todo()).toBe(todo.replace('Fix', 't8 Fix').replace('#12', 't9 #12'));
  expect(await yard.json('import', '--assign')).toMatchObject({ added: 0, assigned: [], patch: '' });
  // A list elsewhere gets ids that the repository's own list does not use.
  yard.write(`${yard.repo}/docs/more.md`, '- [ ] More\n');
  yard.writeTodo('- [ ] t20 Ours\n');
  expect(await yard.json('import', '--assign', '--yes', 'docs/more.md')).toMatchObject({ added: 1, assigned: [{ line: 1, id: 't21' }] });
});

test('ids are written only after a person’s yes, and exactly as shown', async ({ skip }) => {
  if (noTerminal !== null) return skip(noTerminal);
  const yard = await openYard({ todo: '- [ ] One\n', actions: {} });
  const answers: [answer: string, code: number, meanwhile: string | null, todo: string][] = [
    ['n', 3, null, '- [ ] One\n'],
    ['y', 1, '- [ ] Other\n', '- [ ] Other\n'],
    ['y', 0, null, '- [ ] t1 Other\n'],
  ];
  for (const [answer, code, meanwhile, todo] of answers) {
    const terminal = openTerminal(yard, 'ym import --assign; echo "ended with $?"');
    await terminal.shows('1 open line has no id. Write ids as shown? [y/N]');
    expect(terminal.screen()).toContain('+- [ ] t1 O');
    if (meanwhile !== null) yard.writeTodo(meanwhile);
    terminal.child.stdin!.write(`${answer}\n`);
    await terminal.shows(`ended with ${code}`);
    expect(yard.todo()).toBe(todo);
  }
});

test('ids with the project’s prefix are read, assigned and worked on', async () => {
  const commit = (file: string) => [[{ commit: { file, content: 'x', message: 'x' } }]];
  const yard = await openYard({
    todo: '- [ ] AUTH-123 Fix the login #auto-dispatch\n- [ ] Search #auto-dispatch blocked-by:AUTH-123\n- [ ] t2 Ours\n',
    actions: { 'AUTH-123': commit('x'), 'AUTH-124': commit('y') },
    config: { todo: { ids: 'AUTH-' } },
  });
  expect(await yard.json('import', '--assign', '--yes')).toMatchObject({ added: 3, problems: [], assigned: [{ line: 2, id: 'AUTH-124' }] });
  expect(await yard.json('add', 'Another', '--blocked-by', 'AUTH-124')).toMatchObject({ id: 'AUTH-125' });
  await yard.run('cancel', 'AUTH-125');
  const ran = await yard.run('run');
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  expect(yard.todo()).toMatch(/- \[x\] AUTH-123 Fix the login .*branch:yard\/AUTH-123-.*\n- \[x\] AUTH-124 Search .*\n- \[ \] t2 Ours\n/);
  expect(await yard.json('show', 'AUTH-124')).toMatchObject({ state: 'done', branch: expect.stringMatching(/^yard\/AUTH-124-/) });
});

test('init offers to assign ids to the lines of a list without ids', async ({ skip }) => {
  const todo = '- [ ] One\n- [ ] Two\n';
  const yard = await openYard({ todo, actions: {} });
  const hint = '2 open lines have no id; `yardmaster import --assign` gives one to each';
  expect(await yard.run('init', '--yes')).toMatchObject({ code: 0, stdout: expect.stringContaining(hint) });
  expect(await yard.json('init')).toMatchObject({ linesWithoutId: 2 });
  expect(yard.todo()).toBe(todo);
  if (noTerminal !== null) return skip(noTerminal);
  for (const answer of ['n', 'y']) {
    const terminal = openTerminal(yard, 'ym init; echo "ended with $?"');
    await terminal.shows('2 open lines have no id. Write ids as shown? [y/N]');
    expect(terminal.screen()).toContain('+- [ ] t2 Two');
    terminal.child.stdin!.write(`${answer}\n`);
    await terminal.shows('ended with 0');
    expect(terminal.screen().includes(hint)).toBe(answer === 'n');
    expect(yard.todo()).toBe(answer === 'n' ? todo : '- [ ] t1 One\n- [ ] t2 Two\n');
  }
});

// The last has all of the grammar, and the one before it what cannot be read. The others are in task-list.full.test.ts, and all of
// them in the tests of the core.
test.each(taskLists.slice(-2))('$name: import --assign imports all of it', async (habit) => {
  await importsWhole(habit);
});

test('the list that init writes starts no task', async () => {
  const yard = await openYard({ todo: '', actions: {} });
  rmSync(`${yard.repo}/TODO.md`);
  expect(await yard.json('init', '--yes')).toMatchObject({ written: expect.arrayContaining(['TODO.md']) });
  expect(yard.todo()).toContain('#auto-dispatch');
  expect(await yard.run('doctor')).toMatchObject({ stdout: expect.stringMatching(/TODO\.md +0 tasks/) });
  expect(await yard.json<unknown[]>('ls')).toEqual([]);
  expect(await yard.run('run')).toMatchObject({ code: 3 });
});

test('commands that act on a task of another repository print that repository', async () => {
  const yard = await openYard({ todo: '- [ ] t1 One\n', actions: {} });
  const other = `${yard.root}/other`;
  execFileSync('git', ['clone', '--quiet', yard.repo, other], { env: yard.env });
  for (const id of ['t7', 't8', 't9']) await yard.run('add', 'Elsewhere', '--id', id, '--repo', other);
  expect(await yard.run('cancel', 't7', 't1')).toMatchObject({ stdout: `t7 of ${other} is cancelled\nt1 is cancelled\n` });
  expect(await yard.run('cancel', 't7')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining(`t7 of ${other}: t7 is cancelled already`),
  });
  expect(await yard.run('retry', 't7')).toMatchObject({ stdout: `t7 of ${other} is queued\n` });
  await yard.run('batch', 'create', 'all');
  expect(await yard.run('batch', 'add', 'all', 't8')).toMatchObject({ code: 0, stderr: `the task is t8 of ${other}\n` });
  expect(await yard.run('schedule', 'add', '0 3 * * *', '--task', 't9')).toMatchObject({ code: 0, stderr: `the task is t9 of ${other}\n` });
});

test('a body that is too large is refused by add and reported where it is in the list', async () => {
  const large = 'x'.repeat(256 * 1024 + 1);
  const yard = await openYard({ todo: `- [ ] t1 One\n  ${large}\n- [ ] t2 Two\n`, actions: {} });
  yard.write(`${yard.root}/large`, large);
  const added = await yard.run('add', 'Three', '--body', `${yard.root}/large`);
  expect(added).toMatchObject({ code: 2, stderr: expect.stringContaining('the body is more than 256 KiB\n  → write it into a file') });
  const { stdout, stderr } = await yard.run('ls');
  expect(stdout).toMatch(/t2/);
  expect(stdout).not.toMatch(/t1/);
  expect(stderr).toContain('TODO.md:1: the text below t1 is more than 256 KiB');
});
