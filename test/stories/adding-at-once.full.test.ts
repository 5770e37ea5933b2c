// Many people, or scripts, add at once: everything is stored, and everybody is told the right id.
// `npm test` has the contract of the store instead (src/store/store.test.ts).
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openYard, type Ran } from '../support/yard.ts';

const succeeded = (all: readonly Ran[]): number => all.filter(({ code }) => code === 0).length;
const ten = Array.from({ length: 10 }, (_, index) => index + 1);

test('ten concurrent adds store ten tasks, and each prints the id of its own task', async () => {
  const yard = await openYard({ todo: '- [ ] t7 From the list blocked-by:t9\n', actions: {} });
  const all = await Promise.all(ten.map((n) => yard.json<{ id: string; title: string }>('add', `Task ${n}`)));
  expect(all.map(({ title }) => title)).toEqual(ten.map((n) => `Task ${n}`));
  const stored = (await yard.json<{ id: string; title: string }[]>('ls')).filter(({ id }) => id !== 't7');
  expect(Object.fromEntries(stored.map(({ id, title }) => [title, id]))).toEqual(
    Object.fromEntries(all.map(({ id, title }) => [title, id])),
  );
  // The ids follow the highest one that TODO.md mentions.
  expect(stored.map(({ id }) => id)).toEqual(ten.map((n) => `t${n + 9}`));
});

test('adding a task under an id that exists is an error that says so, also when two adds name the id at once', async () => {
  const yard = await openYard({ todo: '- [x] t2 Done before\n', actions: {} });
  const ran = await Promise.all([1, 2, 3, 4].map((n) => yard.run('add', `Task ${n}`, '--id', 't1')));
  expect(succeeded(ran)).toBe(1);
  for (const { code, stderr } of ran) expect(stderr).toContain(code === 0 ? '' : 'there is already a task t1: Task');
  const listed = await yard.run('add', 'Mine', '--id', 't2');
  expect(listed).toMatchObject({ code: 1, stderr: expect.stringContaining('TODO.md already has a line t2') });
  expect(await yard.json('ls')).toMatchObject([{ id: 't1' }]);
});

test('accounts that are added concurrently are all in the file, and the first to use a name keeps it', async () => {
  const yard = await openYard({ todo: '', actions: {}, env: { SOME_KEY: 'sk-test-000' } });
  const names = ['a', 'b', 'c', 'd', 'e', 'e', 'e'];
  const ran = await Promise.all(names.map((name) => yard.run('accounts', 'add', name, '--secret', 'env:SOME_KEY')));
  expect(succeeded(ran)).toBe(5);
  for (const { code, stderr } of ran) expect(stderr).toContain(code === 0 ? '' : 'already has an account e');
  const listed = await yard.json<{ name: string }[]>('accounts');
  expect(listed.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
});

test('schedules and batches that are created concurrently are all stored, and each command prints its own', async () => {
  const yard = await openYard({ todo: '', actions: {} });
  await yard.run('add', 'Nightly');
  const minutes = [1, 2, 3, 4, 5, 6];
  const added = await Promise.all(
    minutes.map((minute) =>
      yard.json<{ id: number; cron: string; added: boolean }[]>('schedule', 'add', `${minute} 3 * * *`, '--task', 't1'),
    ),
  );
  const own = added.map((rows) => rows.filter((row) => row.added));
  expect(own.map((rows) => rows.map(({ cron }) => cron))).toEqual(minutes.map((minute) => [`${minute} 3 * * *`]));
  const listed = await yard.json<{ id: number; cron: string }[]>('schedule', 'list');
  expect(new Map(listed.map(({ id, cron }) => [id, cron]))).toEqual(new Map(own.flat().map(({ id, cron }) => [id, cron])));
  expect((await yard.run('schedule', 'add', '7 3 * * *', '--task', 't1')).stdout).toMatch(/^schedule 7 added\n/);

  const batches = await Promise.all(['big', 'big', 'small'].map((name) => yard.run('batch', 'create', name)));
  expect(succeeded(batches)).toBe(2);
  for (const { code, stderr } of batches) expect(stderr).toContain(code === 0 ? '' : 'there is already a batch big');
});

test('a line of TODO.md with the id of a task from the command line is reported with both titles and replaces nothing', async () => {
  const commit = [[{ commit: { file: 'x', content: 'x', message: 'x' } }]];
  const yard = await openYard({ todo: '', actions: { t1: commit, t2: commit } });
  await yard.run('add', 'A');
  yard.writeTodo('- [ ] t1 B #auto-dispatch\n');
  const clash = /line "B" is not read as a task: t1 is the id of another task, "A"/;
  expect((await yard.run('doctor')).stdout).toMatch(clash);
  const imported = await yard.run('import');
  expect(imported).toMatchObject({ code: 0, stdout: '0 added, 0 updated, 0 already up to date, 1 not taken in\n' });
  expect(imported.stderr).toMatch(clash);
  for (const command of ['run', 'pulse']) expect((await yard.run(command)).stderr).toMatch(clash);
  expect(await yard.json('ls')).toMatchObject([{ id: 't1', title: 'A', state: 'done' }]);
  expect(yard.todo()).toBe('- [ ] t1 B #auto-dispatch\n');
  yard.writeTodo('- [ ] t2 B #auto-dispatch\n');
  const ran = await yard.run('run');
  expect(ran).toMatchObject({ code: 0, stderr: expect.not.stringContaining('not taken in') });
  expect(await yard.json('ls')).toMatchObject([{ title: 'A' }, { id: 't2', title: 'B', state: 'done' }]);
});

test('add --todo writes a line whose task is later ticked there, and refuses words that TODO.md would read otherwise', async () => {
  const todo = '# Now\r\n\r\n- [ ] t1 A\r\n  - Notes: of A\r\n\r\n# Done\r\n\r\n- [x] t0 Z\r\n';
  const yard = await openYard({ todo, actions: { t2: [[{ commit: { file: 'x', content: 'x', message: 'x' } }]] } });
  for (const title of ['Fix #ui', 'Ask @ann', 'Try model:opus', 'Use ~2h']) {
    const ran = await yard.run('add', title, '--todo');
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('in backticks') });
  }
  expect(yard.todo()).toBe(todo);
  yard.write(join(yard.repo, 'body.md'), 'All of it.\n\n```\nand code\n```\n');
  const ran = await yard.run('add', 'Fix `#ui`', '--todo', '--tag', 'ui', '--model', 'sonnet', '--blocked-by', 't0', '--body', 'body.md');
  expect(ran).toMatchObject({ code: 0, stdout: 't2 added, also in TODO.md; its body is todo/tasks/t2-brief.md\n' });
  const line = '- [ ] t2 Fix `#ui` #auto-dispatch #ui model:sonnet blocked-by:t0';
  const written = todo.replace('of A\r\n', `of A\r\n${line}\r\n`);
  expect(yard.todo()).toBe(written);
  expect((await yard.run('run')).stderr).not.toContain('TODO.md');
  expect(yard.todo()).toMatch(/^- \[x\] t2 Fix `#ui` #auto-dispatch .* branch:\S+ completed:\S+\r$/m);
  expect(await yard.json('show', 't2')).toMatchObject({ state: 'done', title: 'Fix `#ui`', body: expect.stringContaining('and code') });
  // What is there already is nobody's to replace; the task is told to be stored all the same.
  yard.write(join(yard.repo, 'todo/tasks/t3-brief.md'), 'theirs');
  const refused = await yard.run('add', 'B', '--todo', '--body', 'body.md');
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('t3 was added, but not to TODO.md') });
  expect(await yard.json('ls')).toMatchObject([{ id: 't2' }, { id: 't3', title: 'B', state: 'queued' }, { id: 't1' }]);
  expect(succeeded(await Promise.all(['C', 'D', 'E', 'F'].map((title) => yard.run('add', title, '--todo'))))).toBe(4);
  for (const title of ['C', 'D', 'E', 'F']) expect(yard.todo()).toMatch(new RegExp(`^- \\[ \\] t[4-7] ${title} #auto-dispatch\r$`, 'm'));
});

test('add --todo stores nothing where there is no list, or where the list ends in an open code block', async () => {
  const yard = await openYard({ todo: '```\n- [ ] t1 A\n', actions: {} });
  const open = await yard.run('add', 'B', '--todo');
  expect(open).toMatchObject({ code: 1, stderr: expect.stringContaining('its line 1: the code fence is never closed') });
  yard.git('rm', '--quiet', 'TODO.md');
  expect(await yard.run('add', 'B', '--todo')).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no') });
  expect(await yard.json('ls')).toEqual([]);
});
