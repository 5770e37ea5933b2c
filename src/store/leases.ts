// Leases: who may write to an attempt, and until when nobody else may take it over. The fence rises with every
// take-over, so a write that was prepared before it can never land after it, however late it comes.
import type { Attempt, Lease } from '../core/attempt.ts';
import type { Duration, Instant } from '../core/time.ts';
import { isOpen, selectOpen } from './attempt-queries.ts';
import type { Engine, Reader } from './engine.ts';
import { toAttempt, type FullAttemptRow } from './rows.ts';
import { sql } from './sql.ts';

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
export function takeOver(engine: Engine, given: Held): Promise<readonly { readonly attempt: Attempt; readonly lease: Lease }[]> {
  const { holder, leaseFor, at } = given;
  return engine.write(async (tx) => {
    const taken = await tx.all<{ readonly id: string }>(sql`
      update attempts set holder = ${holder}, fence = fence + 1, lease_until = ${at + leaseFor}
      where ${isOpen} and (holder is null or lease_until <= ${at} or lease_until > ${at + 2 * leaseFor})
      returning id`);
    if (taken.length === 0) return [];
    const ids = new Set(taken.map(({ id }) => id));
    const open = await tx.all<FullAttemptRow>(selectOpen);
    return open.flatMap((row) =>
      ids.has(row.id) ? [{ attempt: toAttempt(row), lease: { attempt: row.id, holder, fence: row.fence } }] : [],
    );
  });
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
