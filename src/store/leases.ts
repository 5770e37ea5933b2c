// Leases: who may write to an attempt, and until when nobody else may take it over. The fence rises with every
// take-over, so a write that was prepared before it can never land after it, however late it comes.
import type { Attempt, Lease } from '../core/attempt.ts';
import type { Duration, Instant } from '../core/time.ts';
import type { Reach } from '../ports/store.ts';
import { isOpen, selectAttempts, selectOpen } from './attempt-queries.ts';
import type { Engine, Reader } from './engine.ts';
import { toAttempt, type FullAttemptRow } from './rows.ts';
import { sql, type Sql } from './sql.ts';

/** Nobody's lease keeps the others from it. */
const isFree = ({ at, leaseFor }: { readonly at: Instant; readonly leaseFor: Duration }): Sql =>
  sql`(holder is null or lease_until <= ${at} or lease_until > ${at + 2 * leaseFor})`;

/** Of an attempt from before hosts were stored only the place is known: there was one host then. */
const isWithin = (reach: readonly Reach[]): Sql =>
  reach.reduce<Sql>((any, { place, host }) => sql`${any} or (place = ${place} and (host = ${host} or host is null))`, sql`1 = 0`);

interface Held {
  readonly holder: string;
  readonly leaseFor: Duration;
  readonly at: Instant;
}

/** A lease that ran out but was not taken over is still this holder's: nobody else has written since. */
export async function renew(engine: Engine, given: Held): Promise<readonly string[]> {
  const { holder, leaseFor, at } = given;
  const rows = await engine.write((tx) =>
    tx.all<{ readonly id: string }>(
      sql`update attempts set lease_until = ${at + leaseFor} where holder = ${holder} and ${isOpen} returning id`,
    ),
  );
  return rows.map(({ id }) => id);
}

/** Its own attempts too, when their leases ran out: the caller goes on with the leases it is answered. */
export function takeOver(
  engine: Engine,
  given: Held & { readonly reach: readonly Reach[] },
): Promise<readonly { readonly attempt: Attempt; readonly lease: Lease }[]> {
  const { holder, leaseFor, at } = given;
  return engine.write(async (tx) => {
    const taken = await tx.all<{ readonly id: string }>(sql`
      update attempts set holder = ${holder}, fence = fence + 1, lease_until = ${at + leaseFor}
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

export async function beyondReach(
  read: Reader,
  given: { readonly leaseFor: Duration; readonly at: Instant; readonly reach: readonly Reach[] },
): Promise<readonly Attempt[]> {
  const rows = await read.all<FullAttemptRow>(
    sql`${selectAttempts} where ${isOpen} and ${isFree(given)} and not (${isWithin(given.reach)}) order by attempts.started_at, attempts.id`,
  );
  return rows.map(toAttempt);
}

/** The holder goes at once: a write of it that is still under way is `lost`, like any other after a take-over. */
export async function release(engine: Engine, given: { readonly holder: string; readonly at: Instant }): Promise<void> {
  const { holder, at } = given;
  await engine.write((tx) => tx.run(sql`update attempts set holder = null, lease_until = ${at} where holder = ${holder} and ${isOpen}`));
}

export async function holders(read: Reader): Promise<readonly string[]> {
  const rows = await read.all<{ readonly holder: string }>(
    sql`select distinct holder from attempts where ${isOpen} and holder is not null`,
  );
  return rows.map(({ holder }) => holder);
}
