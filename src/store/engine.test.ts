// The engine on SQLite: transactions of one store and of several take turns, and the queries of a pulse use indexes.
import { randomUUID } from 'node:crypto';
import { noSnapshot } from '../core/sync/snapshot.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unseen } from '../core/route/account.ts';
import { actions } from '../core/task/action.ts';
import { taskStates } from '../core/task/task.ts';
import { addTask, claimed, closeAs, closing, instant, ledgerRow, reach, repo, request } from '../ports/store.samples.ts';
import { ledgerGroups, type Store } from '../ports/store.ts';
import type { Engine, Reader } from './engine.ts';
import { openSqlite } from './open.ts';
import { sql } from './sql.ts';
import { storeOn } from './store.ts';
import { because } from '../core/core.samples.ts';
import { inWords } from '../core/reason/said.ts';

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

const insert = (root: string) => sql`insert into repos (root, added_at) values (${root}, 1)`;
const roots = async (read: Reader): Promise<string[]> =>
  (await read.all<{ root: string }>(sql`select root from repos order by root`)).map(({ root }) => root);

test('another query of the same store waits for the end of the transaction', async () => {
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const order: string[] = [];
  const writing = engine.write(async (tx) => {
    await tx.run(insert('/a'));
    begin();
    await held;
    order.push('commit');
  });
  await begun;
  const reader = roots(engine.read);
  const second = engine.write(async (tx) => {
    order.push('second');
    await tx.run(insert('/b'));
  });
  // Another connection reads the last commit without waiting.
  expect(await roots(other.read)).toEqual([]);
  letGo();
  await Promise.all([writing, second]);
  expect(await reader).toEqual(['/a']);
  expect(order).toEqual(['commit', 'second']);
});

test('a transaction that fails leaves nothing', async () => {
  const failing = engine.write(async (tx) => {
    await tx.run(insert('/a'));
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await roots(engine.read)).toEqual([]);
});

test('writes that wait together are answered after one commit, in order, and one that fails takes no other with it', async () => {
  const seen: string[][] = [];
  const add = (root: string) =>
    engine.write(async (tx) => {
      await tx.run(insert(root));
      seen.push(await roots(other.read));
      return root;
    });
  const fail = () =>
    engine.write(async (tx) => {
      await tx.run(insert('/half'));
      throw new Error('no');
    });
  const answers = await Promise.allSettled([add('/a'), add('/b'), fail(), add('/c')]);
  expect(answers).toMatchObject([{ value: '/a' }, { value: '/b' }, { reason: { message: 'no' } }, { value: '/c' }]);
  expect(await roots(other.read)).toEqual(['/a', '/b', '/c']);
  // First together: nobody else saw the first while the second ran. Then each alone, because one of them failed.
  expect(seen).toEqual([[], [], [], ['/a'], ['/a', '/b']]);
});

test('transactions that read first and then write never collide, and what they read stays true', async () => {
  const add = (one: Engine) =>
    one.write(async (tx) => {
      const count = (await roots(tx)).length;
      await tx.run(insert(`/${String(count).padStart(3, '0')}`));
    });
  // Two connections of one process: if the second waited inside SQLite, the first could never commit.
  await Promise.all(Array.from({ length: 60 }, (_, index) => add(index % 2 === 0 ? engine : other)));
  expect(await roots(engine.read)).toHaveLength(60);
});

test('the database itself refuses a second open attempt and unknown tasks', async () => {
  const store = storeOn(engine);
  const { task, attempt, lease } = await claimed(store, 't1');
  await closeAs(store, { lease, to: 'queued' });
  const columns = (await engine.read.one<Record<string, string | number | null>>(sql`select * from attempts`)) ?? {};
  const copy = (changes: Record<string, string | number>) =>
    engine.write((tx) => {
      const row = { ...columns, id: randomUUID(), ...changes };
      const names = Object.keys(row);
      return tx.run({ text: `insert into attempts (${names.join()}) values (${names.map(() => '?').join()})`, values: Object.values(row) });
    });
  await copy({ number: 2, state: 'running' });
  await copy({ number: 3 });
  await expect(copy({ number: 4, state: 'running' })).rejects.toThrow('UNIQUE');
  await expect(copy({ number: 1, task_key: task.key + 1 })).rejects.toThrow('FOREIGN KEY');
  await expect(copy({ number: 5, id: attempt.id })).rejects.toThrow('UNIQUE');
});

/** An engine that records the text of every statement. */
function noting(texts: Set<string>): Engine {
  const noted = <T extends Reader>(on: T): T =>
    new Proxy(on, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        return typeof method !== 'function' ? method : (query: { text: string }) => (texts.add(query.text), method.call(target, query));
      },
    });
  return { ...engine, read: noted(engine.read), write: (work) => engine.write((tx) => work(noted(tx))) };
}

/** The queries of a supervisor and of the commands; `all` lists every query that a person may cause. */
const asked: { readonly [K in keyof Omit<Store, 'changeMark' | 'end'>]: (store: Store) => Promise<unknown> } = {
  addToFeed: (store) => store.addToFeed([{ at: 1, type: 'warning', repo: null, task: null, attempt: null, facts: {} }]),
  feed: async (store) => {
    await store.feed({ after: 1, limit: 2 });
    await store.feed({ after: null, limit: 2 });
  },
  trimFeed: (store) => store.trimFeed({ before: 2 }),
  rememberedIssues: (store) => store.rememberedIssues({ repo: '/r', forge: 'f' }),
  rememberIssue: (store) =>
    store.rememberIssue({
      ...{ repo: '/r', forge: 'f', task: 't1' },
      change: () => ({ number: 1, own: noSnapshot, next: null, values: {} }),
    }),
  hold: (store) => store.hold({ key: 1, holder: 'a', what: 'clearing', at: 1 }),
  unhold: (store) => store.unhold({ key: 1, holder: 'a' }),
  holds: (store) => store.holds(),
  askSupervisor: (store) => store.askSupervisor({ holder: 'a', wish: 'drain' }),
  addRepo: (store) => store.addRepo({ root: '/r', at: 1 }),
  repos: (store) => store.repos(),
  putTask: (store) => store.putTask({ repo, task: request('t9', { title: 'new' }), at: 2 }),
  addTask: (store) => store.addTask({ repo, task: { ...request(''), id: null }, taken: [], prefix: 't', at: 2 }),
  task: (store) => store.task({ repo, id: 't1' }),
  taskByKey: (store) => store.taskByKey(1),
  tasks: async (store) => {
    const settled = ['done', 'cancelled'] as const;
    for (const filter of [
      { states: ['queued'] },
      { states: taskStates.filter((state) => state !== 'done' && state !== 'cancelled') },
      { repo },
      { repo, line: 'none' },
      { repo, states: ['queued', 'blocked'] },
      { batch: 'big' },
      { batch: 'big', states: ['queued'] },
      { withSite: true },
      { withSite: true, states: settled },
      { repo, withSite: true, states: settled },
    ] as const)
      await store.tasks(filter);
  },
  changePull: (store) => store.changePull({ key: 1, at: 1, change: () => ({ pull: null }) }),
  moveTask: (store) => store.moveTask({ key: 1, from: ['queued'], to: 'blocked', reason: because(''), at: 1 }),
  act: async (store) => {
    for (const action of actions) await store.act({ key: 1, action, at: 1 });
  },
  patchTask: (store) => store.patchTask({ key: 1, patch: { retries: 1 }, at: 1 }),
  tasksByKeys: (store) => store.tasksByKeys([1, 2]),
  transitions: (store) => store.transitions(1),
  putBatch: (store) => store.putBatch({ name: 'big', state: 'open', concurrency: 1, mcp: null, role: null, createdAt: 1 }),
  patchBatch: (store) => store.patchBatch({ name: 'big', state: 'paused' }),
  batches: (store) => store.batches(),
  claim: (store) => claimed(store, 't2'),
  renew: (store) => store.renew({ holder: 'one', leaseFor: 1, at: instant(1) }),
  takeOver: (store) => store.takeOver({ holder: 'two', leaseFor: 1000, at: instant(500), reach }),
  release: (store) => store.release({ holder: 'nobody' }),
  beyondReach: (store) => store.beyondReach({ leaseFor: 1000, at: instant(1), reach }),
  holders: (store) => store.holders(),
  openAttempts: (store) => store.openAttempts(),
  attempt: (store) => store.attempt('a'),
  attempts: (store) => store.attempts(1),
  attemptsOf: (store) => store.attemptsOf([1, 2]),
  lastAttempts: (store) => store.lastAttempts([1, 2]),
  attemptsByIds: (store) => store.attemptsByIds(['a', 'b']),
  peaks: (store) => store.peaks({ agent: 'ours', limit: 5 }),
  patchAttempt: (store) => store.patchAttempt({ lease: { attempt: 'a', holder: 'one', fence: 1 }, patch: { state: 'running' } }),
  addEvents: async (store) => {
    const [taken] = await store.takeOver({ holder: 'two', leaseFor: 1000, at: instant(5000), reach });
    const said = { type: 'said', text: 'x' } as const;
    const tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
    return store.addEvents({ lease: taken!.lease, events: [said], outOffset: 1, cost: 0, tokens, steps: 0, at: 1 });
  },
  events: (store) => store.events({ attempt: 'a', after: 1, limit: 1 }),
  close: async (store) => {
    const { lease } = await claimed(store, 't3');
    return closeAs(store, { lease, to: 'delivered', closing: closing({ ledger: [ledgerRow()] }) });
  },
  requestStop: (store) => store.requestStop({ attempt: 'a', stop: { reason: 'cancelled', said: inWords(''), until: null } }),
  enlist: (store) => store.enlist({ holder: 'one', kind: 'up', pid: 1, at: 1 }),
  dismiss: (store) => store.dismiss({ holder: 'one' }),
  supervisors: (store) => store.supervisors(),
  notice: (store) => store.notice({ key: 'k', at: 1 }),
  conditions: (store) => store.conditions('account'),
  changeCondition: (store) => store.changeCondition({ kind: 'account', name: 'a', change: () => unseen }),
  book: (store) => store.book({ id: 'trial', agent: 'a', at: 1, rows: [ledgerRow()] }),
  ledgerSums: async (store) => {
    for (const by of ledgerGroups) await store.ledgerSums({ from: 1, to: 2, by });
  },
  ledger: (store) => store.ledger({ from: 1, to: 2 }),
  spending: (store) => store.spending({ since: 1, accounts: ['first'] }),
  notices: (store) => store.notices({ prefix: 'k', limit: 1 }),
  putSchedule: (store) => store.putSchedule({ repo, cron: '', target: { kind: 'task', name: 't1' }, nextAt: 1, at: 1 }),
  schedules: (store) => store.schedules(),
  removeSchedule: (store) => store.removeSchedule(1),
  fireSchedule: (store) => store.fireSchedule({ id: 1, from: 1, nextAt: 2, at: 1, missed: 0 }),
};

test('nothing that is asked for reads through all tasks, attempts, events, transitions or notices', async () => {
  const texts = new Set<string>();
  const store = storeOn(noting(texts));
  await addTask(store, 't1');
  for (const ask of Object.values(asked)) await ask(store);
  const plans = new Map<string, string>();
  for (const text of texts) {
    const marks = text.split('?').length - 1;
    const steps = await engine.read.all<{ detail: string }>({
      text: `explain query plan ${text}`,
      values: Array.from({ length: marks }, () => null),
    });
    plans.set(text.replaceAll(/\s+/g, ' ').trim(), steps.map(({ detail }) => detail).join('\n'));
  }
  // The index of open attempts is read as a whole, because it contains nothing else.
  const scans = /^SCAN (?!attempts USING INDEX one_open|(repos|batches|supervisors|schedules|holds|sites|kysely_migration|CONSTANT)\b).*/m;
  expect([...plans].filter(([, plan]) => scans.test(plan))).toEqual([]);
  // If the statements were not recorded, or the plans not reported, the line above could not fail.
  const all = [...plans.values()].join('\n');
  for (const index of [
    'one_open_attempt_per_task',
    'tasks_by_state',
    'tasks_by_batch',
    'attempts_by_peak',
    'ledger_by_time',
    'ledger_by_task',
    'ledger_by_account',
  ])
    expect(all).toContain(`INDEX ${index}`);
  // Finished tasks accumulate, and a pulse asks for those among them that still have a site.
  for (const [text, plan] of plans)
    if (text.includes('from sites')) expect(plan).toMatch(/^SCAN sites\nSEARCH tasks USING INTEGER PRIMARY KEY /);
  expect(all).toContain('SCAN sites\n');
  expect(plans.size).toBeGreaterThan(45);
});
