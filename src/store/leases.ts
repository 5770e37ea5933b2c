// Leases: who may write to an attempt, and until when nobody else may take it over. The fence rises with every take-over,
// so a write that was prepared before a take-over can never succeed after it, however late it arrives.
import type { Attempt } from '../core/task/attempt.ts';
import type { Reach, Store } from '../ports/store.ts';
import { isOpen, selectAttempts, selectOpen } from './attempt-queries.ts';
import type { Engine, Reader } from './engine.ts';
import { toAttempt, type FullAttemptRow } from './rows.ts';
import { assigned, sql, type Sql } from './sql.ts';

/** Attempts that are older than the column `host` have only a place: there was only one host then. */
const isWithin = (reach: readonly Reach[]): Sql =>
  reach.reduce<Sql>((any, { place, host }) => sql`${any} or (place = ${place} and (host = ${host} or host is null))`, sql`1 = 0`);

type Term = Omit<Parameters<Store['renew']>[0], 'holder'>;

/**
 * The columns of a lease that is granted now. `lease_fence` records the fence under which it was granted. Supervisors of
 * versions before 009 read and write only `lease_until` (wall clock). They raise the fence when they take an attempt
 * over, so a lease whose `lease_fence` differs from its `fence` was granted by one of them.
 */
export const leaseColumns = ({ leaseFor, at }: Term) => ({
  lease_until: at.wall + leaseFor,
  lease_boot: at.boot,
  lease_boot_until: at.ms + leaseFor,
});

/**
 * A lease from another boot has run out, because its holder is gone. A lease that ends later than any lease can means
 * that the clock restarted under the same boot id, which happens to a container with a /proc/uptime of its own. A lease
 * from an older version is judged as that version does.
 */
function hasRunOut({ leaseFor, at }: Term): Sql {
  const longest = 2 * leaseFor;
  return sql`case when lease_fence = fence
    then lease_boot <> ${at.boot} or lease_boot_until <= ${at.ms} or lease_boot_until > ${at.ms + longest}
    else lease_until <= ${at.wall} or lease_until > ${at.wall + longest} end`;
}

/** Whether no lease prevents others from taking the attempt. */
const isFree = (term: Term): Sql => sql`(holder is null or ${hasRunOut(term)})`;

/** A lease that ran out without a take-over still belongs to this holder, because nobody else has written since. */
export async function renew(engine: Engine, given: Parameters<Store['renew']>[0]): Promise<readonly string[]> {
  const lease = assigned(leaseColumns(given));
  const rows = await engine.write((tx) =>
    tx.all<{ readonly id: string }>(
      sql`update attempts set ${lease}, lease_fence = fence where holder = ${given.holder} and ${isOpen} returning id`,
    ),
  );
  return rows.map(({ id }) => id);
}

/** Includes the caller's own attempts whose leases ran out: the caller continues with the returned leases. */
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

/**
 * The holder is removed at once. A write of the holder that is still under way ends as `lost`, like any other after a
 * take-over.
 */
export async function release(engine: Engine, { holder }: Parameters<Store['release']>[0]): Promise<void> {
  await engine.write((tx) => tx.run(sql`update attempts set holder = null where holder = ${holder} and ${isOpen}`));
}

export async function holders(read: Reader): Promise<readonly string[]> {
  const rows = await read.all<{ readonly holder: string }>(
    sql`select distinct holder from attempts where ${isOpen} and holder is not null`,
  );
  return rows.map(({ holder }) => holder);
}
