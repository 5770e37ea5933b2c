// Leases beside a supervisor of the version before migration 009, which keeps running when the program is updated: it
// measures leases by the wall clock, with the statements below, copied from that version.
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { claimed, instant, reach } from '../ports/store.samples.ts';
import type { Store } from '../ports/store.ts';
import type { Engine } from './engine.ts';
import { migrate } from './migrate.ts';
import { first } from './migrations/001-first.ts';
import { openSqlite } from './open.ts';
import { sqliteEngine } from './sqlite-engine.ts';
import { storeOn } from './store.ts';

const leaseFor = 100;
const open = `state <> 'closed'`;
const wall = 5_000_000;
/** Milliseconds after the start of a test, on a boot clock that differs from the wall clock. */
const after = (ms: number) => instant(ms, { wall: wall + ms });

function older(engine: Engine) {
  const ids = async (text: string): Promise<string[]> => {
    const rows = await engine.write((tx) => tx.all<{ readonly id: string }>({ text: `${text} returning id`, values: [] }));
    return rows.map(({ id }) => id);
  };
  return {
    renew: (ms: number) => ids(`update attempts set lease_until = ${wall + ms + leaseFor} where holder = 'older' and ${open}`),
    takeOver: (ms: number) =>
      ids(`update attempts set holder = 'older', fence = fence + 1, lease_until = ${wall + ms + leaseFor}
        where ${open} and (holder is null or lease_until <= ${wall + ms} or lease_until > ${wall + ms + 2 * leaseFor})`),
    release: (ms: number) => ids(`update attempts set holder = null, lease_until = ${wall + ms} where holder = 'older' and ${open}`),
    /** The state after its claims: the columns that it does not know are empty. */
    claim: (attempt: string, ms: number) =>
      ids(`update attempts set holder = 'older', fence = 1, lease_until = ${wall + ms + leaseFor},
        lease_boot = null, lease_boot_until = null, lease_fence = null where id = '${attempt}'`),
  };
}

describe('beside a supervisor of the version before', () => {
  let engine: Engine;
  let store: Store;
  let old: ReturnType<typeof older>;
  beforeEach(async () => {
    engine = await openSqlite({ file: ':memory:' });
    store = storeOn(engine);
    old = older(engine);
  });
  afterEach(() => engine.end());
  const mine = () => claimed(store, 't1', { leaseFor, leaseFrom: after(0) });
  const takeOver = async (ms: number): Promise<number[]> =>
    (await store.takeOver({ holder: 'newer', leaseFor, at: after(ms), reach })).map(({ lease }) => lease.fence);

  test('it takes over nothing that is held, and what has run out', async () => {
    const { attempt } = await mine();
    expect(await old.takeOver(99)).toEqual([]);
    await store.renew({ holder: 'one', leaseFor, at: after(90) });
    expect(await old.takeOver(189)).toEqual([]);
    expect(await old.takeOver(190)).toEqual([attempt.id]);
  });

  test('what it claimed is held for as long as it renews it, and no longer', async () => {
    const { attempt } = await mine();
    await old.claim(attempt.id, 0);
    expect(await takeOver(99)).toEqual([]);
    expect(await old.renew(90)).toEqual([attempt.id]);
    expect(await takeOver(189)).toEqual([]);
    expect(await takeOver(190)).toEqual([2]);
    expect(await old.renew(191)).toEqual([]);
    expect(await old.takeOver(289)).toEqual([]);
  });

  test('what it took over from a newer one is its own, whatever the lease of before says', async () => {
    const { attempt, lease } = await mine();
    expect(await old.takeOver(100)).toEqual([attempt.id]);
    expect(await store.renew({ holder: 'one', leaseFor, at: after(150) })).toEqual([]);
    expect(await takeOver(199)).toEqual([]);
    expect(await store.patchAttempt({ lease, patch: {} })).toBe('lost');
    expect(await takeOver(200)).toEqual([3]);
  });

  test('what either releases, the other may take over at once', async () => {
    const { attempt } = await mine();
    await store.release({ holder: 'one' });
    expect(await old.takeOver(1)).toEqual([attempt.id]);
    expect(await old.release(2)).toEqual([attempt.id]);
    expect(await takeOver(2)).toEqual([3]);
  });

  test('a lease of its own from the future does not hold for ever: its clock was set back', async () => {
    const { attempt } = await mine();
    await old.claim(attempt.id, 1000);
    expect(await takeOver(900)).toEqual([]);
    expect(await takeOver(899)).toEqual([2]);
  });
});

test('an attempt that is held when the database is updated is held until its time by the wall clock', async () => {
  const file = ':memory:';
  const engine = sqliteEngine({ database: new DatabaseSync(file), file, patience: 0 });
  await migrate({ engine, file, known: { '001-first': first } });
  const task = `insert into tasks (repo, id, title, tags, blocked_by, line, wanted, state, reason, retries, attempts, count_from, created_at, updated_at)
    values ('/r', 't1', '', '[]', '[]', 'none', 1, 'running', '', 0, 1, 0, 1, 1)`;
  const attempt = `insert into attempts (id, task_key, number, state, agent, model, place, reasons, out_offset, err_offset, started_at, cost,
      tokens_input, tokens_output, tokens_cache_read, tokens_cache_write, steps, commits, holder, fence, lease_until, event_count)
    values ('a1', 1, 1, 'running', 'ours', 'p/m', 'local', '[]', 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 'older', 1, ${wall + leaseFor}, 0)`;
  for (const text of [task, attempt]) await engine.write((tx) => tx.run({ text, values: [] }));
  await migrate({ engine, file });
  const store = storeOn(engine);
  const takeOver = async (ms: number): Promise<unknown[]> =>
    (await store.takeOver({ holder: 'newer', leaseFor, at: after(ms), reach })).map(({ lease }) => lease);
  expect(await takeOver(99)).toEqual([]);
  expect(await older(engine).renew(99)).toEqual(['a1']);
  expect(await takeOver(198)).toEqual([]);
  expect(await takeOver(199)).toEqual([{ attempt: 'a1', holder: 'newer', fence: 2 }]);
  await engine.end();
});
