// The engine on SQLite: transactions of one store and of several take turns, and what a pulse asks for is indexed.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { selectOpen } from './attempt-queries.ts';
import { reading, type Engine, type Reader } from './engine.ts';
import { openSqlite } from './open.ts';
import { selectTasks } from './tasks.ts';

let folder = '';
let engine: Engine;
let other: Engine;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yard-store-'));
  engine = await openSqlite({ file: join(folder, 'db') });
  other = await openSqlite({ file: join(folder, 'db') });
});
afterEach(async () => {
  await engine.end();
  await other.end();
  await rm(folder, { recursive: true });
});

const roots = async (read: Reader): Promise<string[]> =>
  (await read.selectFrom('repos').select('root').orderBy('root').execute()).map(({ root }) => root);

test('another query of the same store waits for the end of the transaction', async () => {
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const order: string[] = [];
  const writing = engine.write(async (tx) => {
    await tx.insertInto('repos').values({ root: '/a', added_at: 1 }).execute();
    begin();
    await held;
    order.push('commit');
  });
  await begun;
  const reader = roots(engine.read).then((found) => (order.push('read'), found));
  const second = engine.write(async (tx) => {
    order.push('second');
    await tx.insertInto('repos').values({ root: '/b', added_at: 1 }).execute();
  });
  // Another connection reads the last commit without waiting.
  expect(await roots(other.read)).toEqual([]);
  letGo();
  await Promise.all([writing, second]);
  expect(await reader).toEqual(['/a']);
  expect(order).toEqual(['commit', 'read', 'second']);
});

test('a transaction that fails leaves nothing', async () => {
  const failing = engine.write(async (tx) => {
    await tx.insertInto('repos').values({ root: '/a', added_at: 1 }).execute();
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await roots(engine.read)).toEqual([]);
});

test('transactions that read first and then write never collide, and what they read stays true', async () => {
  const add = (one: Engine) =>
    one.write(async (tx) => {
      const count = (await roots(reading(tx))).length;
      await tx
        .insertInto('repos')
        .values({ root: `/${String(count).padStart(3, '0')}`, added_at: count })
        .execute();
    });
  // Two connections of one process: had the second waited inside SQLite, the first could never commit.
  await Promise.all(Array.from({ length: 60 }, (_, index) => add(index % 2 === 0 ? engine : other)));
  expect(await roots(engine.read)).toHaveLength(60);
});

test('the database itself refuses a second open attempt and unknown tasks', async () => {
  const attempt = (id: string, state: 'running' | 'closed', number: number, key = 1) => ({
    id,
    task_key: key,
    number,
    state,
    agent: '',
    model: '',
    place: '',
    reasons: '[]',
    out_offset: 0,
    err_offset: 0,
    started_at: 1,
    cost: 0,
    tokens_input: 0,
    tokens_output: 0,
    tokens_cache_read: 0,
    tokens_cache_write: 0,
    steps: 0,
    commits: 0,
    fence: 1,
    lease_until: 1,
    event_count: 0,
  });
  const insert = (row: ReturnType<typeof attempt>) => engine.write((tx) => tx.insertInto('attempts').values(row).execute());
  await engine.write((tx) =>
    tx
      .insertInto('tasks')
      .values({
        repo: '/r',
        id: 't1',
        title: '',
        tags: '[]',
        blocked_by: '[]',
        line: 'none',
        wanted: 1,
        state: 'queued',
        reason: '',
        retries: 0,
        attempts: 0,
        count_from: 0,
        created_at: 1,
        updated_at: 1,
      })
      .execute(),
  );
  await insert(attempt('a', 'closed', 1));
  await insert(attempt('b', 'running', 2));
  await insert(attempt('c', 'closed', 3));
  await expect(insert(attempt('d', 'running', 4))).rejects.toThrow('UNIQUE');
  await expect(insert(attempt('e', 'closed', 1, 99))).rejects.toThrow('FOREIGN KEY');
});

test.each([
  ['open attempts', (read: Reader) => selectOpen(read), 'one_open_attempt_per_task'],
  ['queued tasks', (read: Reader) => selectTasks(read, { states: ['queued'] }), 'tasks_by_state'],
  ['unsettled tasks of a repository', (read: Reader) => selectTasks(read, { repo: '/r', states: ['queued', 'blocked'] }), 'tasks_by_state'],
  ['tasks of a batch', (read: Reader) => selectTasks(read, { batch: 'big' }), 'tasks_by_batch'],
  ['queued tasks of a batch', (read: Reader) => selectTasks(read, { batch: 'big', states: ['queued'] }), 'tasks_by_'],
  [
    'settled tasks of a repository with a worktree',
    (read: Reader) => selectTasks(read, { repo: '/r', withWorktree: true, states: ['done', 'cancelled'] }),
    'tasks_with_worktree',
  ],
  ['tasks with a worktree', (read: Reader) => selectTasks(read, { withWorktree: true }), 'tasks_with_worktree'],
  [
    'settled tasks with a worktree',
    (read: Reader) => selectTasks(read, { withWorktree: true, states: ['done', 'cancelled'] }),
    'tasks_with_worktree',
  ],
])('%s are found by their index', async (_name, build, index) => {
  const steps = (await build(engine.read).explain(undefined, sql`query plan`)) as { detail: string }[];
  const plan = steps.map(({ detail }) => detail).join('\n');
  expect(plan).toContain(`INDEX ${index}`);
  expect(plan.match(/^SCAN (?!attempts USING INDEX one_open).*/gm)).toBeNull();
});
