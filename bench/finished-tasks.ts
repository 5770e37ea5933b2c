// Fills a database with many finished tasks quickly: one task goes through the store to its end, and SQL copies its rows
// with new keys and ids. All columns of the tables are copied as they are.
import { DatabaseSync } from 'node:sqlite';
import type { Route } from '../src/core/task/attempt.ts';
import { inWords } from '../src/core/reason/said.ts';
import { leaseFor } from '../src/core/task/lease.ts';
import { noTokens } from '../src/core/transcript/transcript.ts';
import { systemClock } from '../src/lib/system-clock.ts';
import type { Store } from '../src/ports/store.ts';
import { request, type Stage } from './stage.ts';

export const route: Route = {
  agent: 'opencode',
  model: 'acme/coder-1',
  account: null,
  billing: null,
  place: 'local',
  host: 'bench',
  reasons: [{ code: 'model-chosen', facts: { model: 'acme/coder-1', by: 'bench', tier: null } }],
};
export const verdict = { kind: 'no-change', said: inWords('no change needed'), until: null, feedback: null } as const;

/** Their ids begin at t100001. */
export async function addFinished(store: Store, given: { readonly stage: Stage; readonly count: number }): Promise<void> {
  const { stage, count } = given;
  const key = await finishOne(store, { repo: stage.repo, id: 't100001' });
  const database = new DatabaseSync(stage.home.database, { timeout: 10_000 });
  try {
    const copies = `with recursive copies(n) as (select 1 union all select n + 1 from copies where n < ${count - 1})`;
    const copy = (table: string, changed: Readonly<Record<string, string>>, where: string): void => {
      const columns = database
        .prepare(`select name from pragma_table_info('${table}')`)
        .all()
        .map(({ name }) => String(name));
      const kept = columns.filter((column) => changed[column] !== '');
      const values = kept.map((column) => changed[column] ?? `"${column}"`);
      const names = kept.map((column) => `"${column}"`).join(', ');
      database.exec(`insert into ${table} (${names}) ${copies} select ${values.join(', ')} from ${table}, copies where ${where}`);
    };
    if (count < 2) return;
    database.exec('begin');
    copy('tasks', { key: `${key} + n`, id: `'t' || (100001 + n)` }, `key = ${key}`);
    copy('deliveries', { task_key: `${key} + n` }, `task_key = ${key}`);
    copy('attempts', { task_key: `${key} + n`, id: `id || '-' || n` }, `task_key = ${key}`);
    copy('transitions', { id: '', task_key: `${key} + n` }, `task_key = ${key}`);
    copy('events', { attempt: `attempt || '-' || n` }, `attempt in (select id from attempts where task_key = ${key})`);
    database.exec('commit');
  } finally {
    database.close();
  }
}

async function finishOne(store: Store, given: { readonly repo: string; readonly id: string }): Promise<number> {
  const at = Date.now();
  const { repo, id } = given;
  await store.addRepo({ root: repo, at });
  await store.putTask({ repo, task: request(id), at });
  const task = await store.task({ repo, id });
  if (task === null) throw new Error(`${id} was not stored`);
  const claimed = {
    id: `bench-${task.key}`,
    taskKey: task.key,
    route,
    session: 's',
    holder: 'bench',
    leaseFor,
    at,
    reason: { code: 'dispatched' as const, facts: { route: route.reasons } },
  };
  const claim = await store.claim({ ...claimed, leaseFrom: systemClock.lease(), admit: () => true });
  if (!claim.claimed) throw new Error(`${id}: ${claim.why}`);
  const { lease } = claim;
  const events = [1, 2, 3].map((n) => ({ type: 'said', text: `words ${n}` }) as const);
  await store.addEvents({ lease, events, outOffset: 100, cost: 1, tokens: noTokens, steps: 1, at });
  const delivery = { branch: `yard/${id}`, base: '0'.repeat(40), evidence: 'no change needed' };
  const closing = { verdict, cost: 1, tokens: noTokens, steps: 1, commits: 0, at, ledger: [] };
  await store.close({
    lease,
    closing,
    task: { to: 'delivered', reason: { code: 'no-change', facts: { said: verdict.said } }, patch: { delivery } },
  });
  await store.moveTask({
    key: task.key,
    from: ['delivered'],
    to: 'done',
    reason: { code: 'no-change', facts: { said: verdict.said } },
    at,
  });
  return task.key;
}
