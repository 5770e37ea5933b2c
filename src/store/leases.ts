// Leases: who may write to an attempt, and until when nobody else may take it over. The fence rises with every
// take-over, so a write that was prepared before it can never land after it, however late it comes.
import type { Attempt } from '../core/task/attempt.ts';
import type { Reach, Store } from '../ports/store.ts';
import { isOpen, selectAttempts, selectOpen } from './attempt-queries.ts';
import type { Engine, Reader } from './engine.ts';
import { toAttempt, type FullAttemptRow } from './rows.ts';
import { assigned, sql, type Sql } from './sql.ts';

/** Of an attempt from before hosts were stored only the place is known: there was one host then. */
const isWithin = (reach: readonly Reach[]): Sql =>
  reach.reduce<Sql>((any, { place, host }) => sql`${any} or (place = ${place} and (host = ${host} or host is null))`, sql`1 = 0`);

type Term = Omit<Parameters<Store['renew']>[0], 'holder'>;

/**
 * The columns of a lease that is given now; `lease_fence`, the fence under which it is given, goes with them. Supervisors
 * of a version before 009 read and write `lease_until` (wall clock) alone. They raise the fence when they take an attempt
 * over, so a lease whose `lease_fence` is another than its `fence` was given by one of them.
 */
export const leaseColumns = ({ leaseFor, at }: Term) => ({
  lease_until: at.wall + leaseFor,
  lease_boot: at.boot,
  lease_boot_until: at.ms + leaseFor,
});

/**
 * Of another boot, its holder is gone. Longer than leases run, the clock was started anew under the same name, which
 * happens to a container whose /proc/uptime is its own. What an older version gave is measured as that version does.
 */
function hasRunOut({ leaseFor, at }: Term): Sql {
  const longest = 2 * leaseFor;
  return sql`case when lease_fence = fence
    then lease_boot <> ${at.boot} or lease_boot_until <= ${at.ms} or lease_boot_until > ${at.ms + longest}
    else lease_until <= ${at.wall} or lease_until > ${at.wall + longest} end`;
}

/** Nobody's lease keeps the others from it. */
const isFree = (term: Term): Sql => sql`(holder is null or ${hasRunOut(term)})`;

/** A lease that ran out but was not taken over is still this holder's: nobody else has written since. */
export async function renew(engine: Engine, given: Parameters<Store['renew']>[0]): Promise<readonly string[]> {
  const lease = assigned(leaseColumns(given));
  const rows = await engine.write((tx) =>
    tx.all<{ readonly id: string }>(
      sql`update attempts set ${lease}, lease_fence = fence where holder = ${given.holder} and ${isOpen} returning id`,
    ),
  );
  return rows.map(({ id }) => id);
}

/** Its own attempts too, when their leases ran out: the caller goes on with the leases it is answered. */
export function takeOver(engine: Engine, given: Parameters<Store['takeOver']>[0]): ReturnType<Store['takeOver']> {
  const { holder } = given;
  return engine.write(async (tx) => {
    const taken = await tx.all<{ readonly id: string }>(sql`
      update attempts set holder = ${holder}, fence = fence + 1, lease_fence = fence + 1, ${assigned(leaseColumns(given))}
      where ${isOpen} and ${isFree(given)} and (${isWithin(given.reach)})
      returning id`);
    if (taken.length === 0) return [];
    const ids = new Set(taken.map(({ id }) => id));
    const open = await tx.all<FullAttemptRow>(selectOpen);
    return open.flatMap((row) =>
      ids.has(row.id) ? [{ attempt: toAttempt(row), lease: { attempt: row.id, holder, fence: row.fence } }] : [],
    );
  });
}

export async function beyondReach(read: Reader, given: Parameters<Store['beyondReach']>[0]): Promise<readonly Attempt[]> {
  const rows = await read.all<FullAttemptRow>(
    sql`${selectAttempts} where ${isOpen} and ${isFree(given)} and not (${isWithin(given.reach)}) order by attempts.started_at, attempts.id`,
  );
  return rows.map(toAttempt);
}

/** The holder goes at once: a write of it that is still under way is `lost`, like any other after a take-over. */
export async function release(engine: Engine, { holder }: Parameters<Store['release']>[0]): Promise<void> {
  await engine.write((tx) => tx.run(sql`update attempts set holder = null where holder = ${holder} and ${isOpen}`));
}

export async function holders(read: Reader): Promise<readonly string[]> {
  const rows = await read.all<{ readonly holder: string }>(
    sql`select distinct holder from attempts where ${isOpen} and holder is not null`,
  );
  return rows.map(({ holder }) => holder);
}
