// Many people, or scripts, add at once: everything is stored, and everybody is told the right id.
import { expect, test } from 'vitest';
import { openYard, type Ran } from '../support/yard.ts';

const succeeded = (all: readonly Ran[]): number => all.filter(({ code }) => code === 0).length;
const twenty = Array.from({ length: 20 }, (_, index) => index + 1);

test('twenty adds at once store twenty tasks, and each is told the id of its own', async () => {
  const yard = await openYard({ todo: '- [ ] t7 From the list blocked-by:t9\n', actions: {} });
  const all = await Promise.all(twenty.map((n) => yard.json<{ id: string; title: string }>('add', `Task ${n}`)));
  expect(all.map(({ title }) => title)).toEqual(twenty.map((n) => `Task ${n}`));
  const stored = await yard.json<{ id: string; title: string }[]>('ls');
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
  expect(await yard.json<unknown[]>('ls')).toHaveLength(1);
});
