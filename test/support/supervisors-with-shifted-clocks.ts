// A supervisor whose wall clock is wrong, beside one whose clock is right, on one home. The clock of the whole process is
// shifted, native code and child processes included.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished } from 'vitest';
import { brokenInvariants } from '../chaos/invariants.ts';
import { atWork, eventsOf } from './events-of.ts';
import { fakeTime, forgetShared, type FakedTime } from './faketime.ts';
import { ended, openYard, type Told, type Yard } from './yard.ts';

export const commit = (id: string) => ({ commit: { file: `${id}.txt`, content: 'x\n', message: 'the work' } });
const held = (id: string) => [[{ say: 'at work' }, { waitFor: { file: `go-${id}` } }, commit(id)]];
const letGo = (yard: Yard, id: string): void => yard.write(join(yard.root, 'agents', `go-${id}`), '');

export function startFaked(yard: Yard, given: { clock: FakedTime; args: readonly string[] }): ChildProcess {
  const child = yard.startWith(given.clock.env, ...given.args);
  onTestFinished(() => forgetShared(child.pid ?? 0));
  return child;
}

interface LeaseRow {
  readonly id: string;
  readonly holder: string | null;
  readonly fence: number;
  readonly startedAt: number;
  readonly until: number;
}

export function leasesOf(yard: Yard): LeaseRow[] {
  const database = new DatabaseSync(join(yard.home, 'yardmaster.db'), { timeout: 10_000, readOnly: true });
  try {
    const rows = database.prepare(`
      select tasks.id, holder, fence, started_at as "startedAt", lease_boot_until as "until"
      from attempts join tasks on tasks.key = task_key order by tasks.id`);
    return rows.all() as unknown as LeaseRow[];
  } finally {
    database.close();
  }
}

/**
 * Waits until both have renewed their leases once more: each searches for expired leases in the same step. While a
 * supervisor waited for the other's clock to catch up, the other could renew its lease a dozen times.
 */
async function kept(yard: Yard): Promise<void> {
  const seen = leasesOf(yard).map(({ until }) => new Set([until]));
  const changes = watch(yard.home);
  try {
    while (seen.some(({ size }) => size < 2)) {
      await once(changes, 'change');
      for (const [index, { until }] of leasesOf(yard).entries()) seen[index]?.add(until);
    }
  } finally {
    changes.close();
  }
  for (const { size } of seen) expect(size).toBeLessThan(8);
}

/** `words`: the first setting of the clock, and then each later one. */
export async function eachKeepsItsOwn(given: { readonly words: readonly string[]; readonly monotonic: boolean }): Promise<void> {
  const {
    words: [first = '', ...more],
    monotonic,
  } = given;
  const yard = await openYard({
    todo: '- [ ] t1 One\n- [ ] t2 Two\n',
    actions: { t1: held('t1'), t2: held('t2') },
  });
  const clock = fakeTime({ file: join(yard.root, 'clock'), words: first, monotonic });
  const right = yard.start('run', '--task', 't1', '--json');
  const rightEnd = ended(right);
  await eventsOf(right)(atWork('t1'));
  const off = startFaked(yard, { clock, args: ['run', '--task', 't2', '--json'] });
  const offEnd = ended(off);
  await eventsOf(off)(atWork('t2'));
  const before = leasesOf(yard);
  // Otherwise the clock was not shifted, and the test shows nothing.
  expect(Math.abs((before[1]?.startedAt ?? 0) - (before[0]?.startedAt ?? 0))).toBeGreaterThan(30_000);
  await kept(yard);
  for (const words of more) {
    clock.set(words);
    await kept(yard);
  }
  const holders = (rows: readonly LeaseRow[]): unknown[] => rows.map(({ id, holder, fence }) => [id, holder, fence]);
  expect(holders(leasesOf(yard))).toEqual(holders(before));
  for (const id of ['t1', 't2']) letGo(yard, id);
  for (const end of await Promise.all([rightEnd, offEnd])) expect(end, end.stderr).toMatchObject({ code: 0 });
  expect(leasesOf(yard).map(({ fence }) => fence)).toEqual([1, 1]);
  expect((await yard.json<Told[]>('ls')).map(({ state, verdict, attempts }) => [state, verdict, attempts])).toEqual([
    ['done', 'work', 1],
    ['done', 'work', 1],
  ]);
  expect(await brokenInvariants(yard)).toEqual([]);
}
