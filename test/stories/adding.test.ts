// Many people, or scripts, add at once: everything is stored, and everybody is told the right id.
import { expect, test } from 'vitest';
import { openYard, type Ran } from '../support/yard.ts';

const succeeded = (all: readonly Ran[]): number => all.filter(({ code }) => code === 0).length;
const twenty = Array.from({ length: 20 }, (_, index) => index + 1);

test('twenty adds at once store twenty tasks, and each is told the id of its own', async () => {
  const yard = await openYard({ todo: '- [ ] t7 From the list blocked-by:t9\n', actions: {} });
  const all = await Promise.all(twenty.map((n) => yard.json<{ id: string; title: string }>('add', `Task ${n}`)));
  expect(all.map(({ title }) => title)).toEqual(twenty.map((n) => `Task ${n}`));
  const stored = (await yard.json<{ id: string; title: string }[]>('ls')).filter(({ id }) => id !== 't7');
  expect(Object.fromEntries(stored.map(({ id, title }) => [title, id]))).toEqual(
    Object.fromEntries(all.map(({ id, title }) => [title, id])),
  );
  // The ids follow the highest one that TODO.md mentions.
  expect(stored.map(({ id }) => id)).toEqual(twenty.map((n) => `t${n + 9}`));
});

test('an id that was given and is taken is an error that says so, also when it is given twice at once', async () => {
  const yard = await openYard({ todo: '- [x] t2 Done before\n', actions: {} });
  const ran = await Promise.all([1, 2, 3, 4].map((n) => yard.run('add', `Task ${n}`, '--id', 't1')));
  expect(succeeded(ran)).toBe(1);
  for (const { code, stderr } of ran) expect(stderr).toContain(code === 0 ? '' : 'there is a task t1 already: Task');
  const listed = await yard.run('add', 'Mine', '--id', 't2');
  expect(listed).toMatchObject({ code: 1, stderr: expect.stringContaining('TODO.md has a line t2 already') });
  expect(await yard.json('ls')).toMatchObject([{ id: 't1' }]);
});

test('accounts that are added at once are all in the file, and a name belongs to the first one who took it', async () => {
  const yard = await openYard({ todo: '', actions: {}, env: { SOME_KEY: 'sk-test-000' } });
  const names = ['a', 'b', 'c', 'd', 'e', 'e', 'e'];
  const ran = await Promise.all(names.map((name) => yard.run('accounts', 'add', name, '--secret', 'env:SOME_KEY')));
  expect(succeeded(ran)).toBe(5);
  for (const { code, stderr } of ran) expect(stderr).toContain(code === 0 ? '' : 'has an account e already');
  const listed = await yard.json<{ name: string }[]>('accounts');
  expect(listed.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
});

test('schedules and batches that are made at once are all stored, and each is told the one of its own', async () => {
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
  for (const { code, stderr } of batches) expect(stderr).toContain(code === 0 ? '' : 'there is a batch big already');
});

test('a line that gets the id of a task from the command line is told with both titles, and replaces nothing', async () => {
  const commit = [[{ commit: { file: 'x', content: 'x', message: 'x' } }]];
  const yard = await openYard({ todo: '', actions: { t1: commit, t2: commit } });
  await yard.run('add', 'A');
  yard.writeTodo('- [ ] t1 B #auto-dispatch\n');
  const clash = /line "B" is not taken in: t1 is the id of another task, "A"/;
  expect((await yard.run('doctor')).stdout).toMatch(clash);
  const imported = await yard.run('import');
  expect(imported).toMatchObject({ code: 0, stdout: '0 added, 0 updated, 0 as they were, 1 not taken in\n' });
  expect(imported.stderr).toMatch(clash);
  for (const command of ['run', 'pulse']) expect((await yard.run(command)).stderr).toMatch(clash);
  expect(await yard.json('ls')).toMatchObject([{ id: 't1', title: 'A', state: 'done' }]);
  expect(yard.todo()).toBe('- [ ] t1 B #auto-dispatch\n');
  yard.writeTodo('- [ ] t2 B #auto-dispatch\n');
  const ran = await yard.run('run');
  expect(ran).toMatchObject({ code: 0, stderr: expect.not.stringContaining('not taken in') });
  expect(await yard.json('ls')).toMatchObject([{ title: 'A' }, { id: 't2', title: 'B', state: 'done' }]);
});
