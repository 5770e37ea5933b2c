import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue } from 'node:sqlite';
import { leaseFor } from '../../src/core/task/lease.ts';
import { systemClock } from '../../src/lib/system-clock.ts';
import type { Store } from '../../src/ports/store.ts';
import type { Figure } from '../figure.ts';
import { noTokens } from '../../src/core/transcript/transcript.ts';
import { route, verdict } from '../finished-tasks.ts';
import { profiled } from '../profile.ts';
import { inTurns, median } from '../samples.ts';
import { agents, openStage, request, type Stage } from '../stage.ts';

const [rounds, perRound] = [12, 250];
/** The store commits up to this many together if they arrive at the same time. */
const together = 32;

export const claims: Figure = {
  name: 'claims',
  says:
    `claims and completes a task on the database file, ${together} at once, and one after the other; each pair ` +
    'writes nine rows in two transactions. The limit: the same nine rows in two transactions, one after the other, by prepared statements ' +
    'of node:sqlite on a database with the same tables, indexes and settings.',
  async take(ground) {
    const [ours, theirs] = [
      await queued(openStage(ground, { name: 'claims', agent: agents.sleeps })),
      await queued(openStage(ground, { name: 'claims-raw', agent: agents.sleeps })),
    ];
    const raw = rawClaimer(theirs);
    let [next, nextRaw] = [0, 0];
    const spent = await profiled(ground, {
      name: 'claims',
      run: () =>
        inTurns(rounds, {
          together: async () => {
            const keys = ours.keys.slice(next, next + perRound).values();
            next += perRound;
            await Promise.all(
              Array.from({ length: together }, async () => {
                for (const key of keys) await claimAndComplete(ours.store, key);
              }),
            );
          },
          store: async () => {
            for (let end = next + perRound; next < end; next += 1) await claimAndComplete(ours.store, ours.keys[next] ?? 0);
          },
          raw: () => {
            for (let end = nextRaw + perRound; nextRaw < end; nextRaw += 1) raw.claimAndComplete(theirs.keys[nextRaw] ?? 0);
          },
        }),
    });
    raw.close();
    await Promise.all([ours.store.end(), theirs.store.end()]);
    const rate = (wall: readonly number[]): number => (perRound / median(wall)) * 1000;
    const limit = { what: 'node:sqlite alone', value: rate(spent.raw.wall) };
    const perPair = (cpu: number): string => ((cpu * 1000) / rounds / perRound).toFixed(0);
    return [
      {
        what: `${together} at once`,
        value: rate(spent.together.wall),
        unit: '/s',
        limit,
        bar: { of: 'value', least: 5000 },
        note: `CPU per pair ${perPair(spent.together.cpu)} µs, of the limit ${perPair(spent.raw.cpu)} µs`,
      },
      {
        what: 'one by one',
        value: rate(spent.store.wall),
        unit: '/s',
        limit,
        bar: null,
        note: `CPU per pair ${perPair(spent.store.cpu)} µs`,
      },
    ];
  },
};

interface Queued {
  readonly stage: Stage;
  readonly store: Store;
  readonly keys: readonly number[];
}

async function queued(stage: Stage): Promise<Queued> {
  const store = await stage.store();
  const at = Date.now();
  for (let number = 1; number <= 3 * rounds * perRound; number += 1)
    await store.putTask({ repo: stage.repo, task: request(`t${number}`), at });
  return { stage, store, keys: (await store.tasks({})).map((task) => task.key) };
}

async function claimAndComplete(store: Store, key: number): Promise<void> {
  const at = Date.now();
  const claim = await store.claim({
    ...{
      id: `attempt-${key}`,
      taskKey: key,
      route,
      session: `session-${key}`,
      holder: 'bench',
      leaseFor,
      at,
      reason: { code: 'dispatched', facts: { route: route.reasons } },
    },
    leaseFrom: systemClock.lease(),
    admit: () => true,
  });
  if (!claim.claimed) throw new Error(claim.why);
  const closing = { verdict, cost: 0, tokens: noTokens, steps: 1, commits: 0, at, ledger: [] };
  await store.close({
    lease: claim.lease,
    closing,
    task: {
      to: 'delivered',
      reason: { code: 'arrived', facts: { evidence: 'bench' } },
      patch: { delivery: { commit: 'bench', evidence: 'bench' } },
    },
  });
}

function rawClaimer(given: Queued): { claimAndComplete: (key: number) => void; close: () => void } {
  const database = new DatabaseSync(given.stage.home.database);
  database.exec('pragma journal_mode = wal; pragma synchronous = normal');
  const row: Record<string, SQLInputValue> = {
    ...{
      id: '',
      task_key: 0,
      number: 1,
      state: 'preparing',
      agent: route.agent,
      model: route.model,
      place: 'local',
      host: 'bench',
      reasons: '["bench"]',
    },
    ...{
      session: 'session',
      out_offset: 0,
      started_at: 0,
      cost: 0,
      tokens_input: 0,
      tokens_output: 0,
      tokens_cache_read: 0,
    },
    ...{ tokens_cache_write: 0, steps: 0, commits: 0, holder: 'bench', fence: 1, lease_until: 0, event_count: 0 },
  };
  const columns = Object.keys(row);
  const insert = database.prepare(`insert into attempts (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`);
  const run = database.prepare(`update tasks set state = 'running', reason = 'bench', attempts = 1, updated_at = ? where key = ?`);
  const deliver = database.prepare(`update tasks set state = 'delivered', reason = 'bench', updated_at = ? where key = ?`);
  const arrive = database.prepare(`insert into deliveries (task_key, delivered_commit, evidence) values (?, 'bench', 'bench')`);
  const move = database.prepare('insert into transitions (task_key, number, from_state, to_state, reason, at) values (?, ?, ?, ?, ?, ?)');
  const enter = database.prepare(`insert into feed (at, type, repo, task, facts) values (?, 'task', ?, ?, '{}')`);
  const close = database.prepare(`update attempts set state = 'closed', verdict = ?, steps = 1, ended_at = ? where id = ?`);
  return {
    claimAndComplete(key) {
      const at = Date.now();
      const id = `attempt-${key}`;
      database.exec('begin immediate');
      insert.run(...Object.values({ ...row, id, task_key: key, started_at: at, lease_until: at + leaseFor }));
      run.run(at, key);
      move.run(key, 1, 'queued', 'running', 'bench', at);
      enter.run(at, given.stage.repo, id);
      database.exec('commit');
      database.exec('begin immediate');
      close.run(JSON.stringify(verdict), at, id);
      deliver.run(at, key);
      arrive.run(key);
      move.run(key, 2, 'running', 'delivered', 'bench', at);
      enter.run(at, given.stage.repo, id);
      database.exec('commit');
    },
    close: () => database.close(),
  };
}
