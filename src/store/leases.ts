// Leases: who may write to an attempt, and until when nobody else may take it over. The fence rises with every
// take-over, so a write that was prepared before it can never land after it, however late it comes.
import type { Attempt, Lease } from '../core/attempt.ts';
import type { Duration, Instant } from '../core/time.ts';
import { isOpen, selectAttempts } from './attempt-queries.ts';
import { reading, type Engine } from './engine.ts';
import { toAttempt } from './rows.ts';

interface Held {
  readonly holder: string;
  readonly leaseFor: Duration;
  readonly at: Instant;
}

/** A lease that ran out but was not taken over is still this holder's: nobody else has written since. */
export async function renew(engine: Engine, given: Held): Promise<readonly string[]> {
  const rows = await engine.write((tx) =>
    tx
      .updateTable('attempts')
      .set({ lease_until: given.at + given.leaseFor })
      .where('holder', '=', given.holder)
      .where(isOpen)
      .returning('id')
      .execute(),
  );
  return rows.map(({ id }) => id);
}

/** Its own attempts too, when their leases ran out: the caller goes on with the leases it is answered. */
export function takeOver(engine: Engine, given: Held): Promise<readonly { readonly attempt: Attempt; readonly lease: Lease }[]> {
  const { holder, leaseFor, at } = given;
  return engine.write(async (tx) => {
    const taken = await tx
      .updateTable('attempts')
      .set((column) => ({ holder, fence: column('fence', '+', 1), lease_until: at + leaseFor }))
      .where(isOpen)
      .where((column) => column.or([column('holder', 'is', null), column('lease_until', '<=', at)]))
      .returning(['id', 'fence'])
      .execute();
    if (taken.length === 0) return [];
    const fences = new Map(taken.map(({ id, fence }) => [id, fence]));
    const rows = await selectAttempts(reading(tx))
      .where('attempts.id', 'in', [...fences.keys()])
      .orderBy('attempts.started_at')
      .orderBy('attempts.id')
      .execute();
    return rows.map((row) => ({ attempt: toAttempt(row), lease: { attempt: row.id, holder, fence: fences.get(row.id) ?? row.fence } }));
  });
}

/** The holder goes at once: a write of it that is still under way is `lost`, like any other after a take-over. */
export async function release(engine: Engine, given: { readonly holder: string; readonly at: Instant }): Promise<void> {
  await engine.write((tx) =>
    tx.updateTable('attempts').set({ holder: null, lease_until: given.at }).where('holder', '=', given.holder).where(isOpen).execute(),
  );
}

export async function holders(engine: Engine): Promise<readonly string[]> {
  const rows = await engine.read.selectFrom('attempts').select('holder').distinct().where(isOpen).where('holder', 'is not', null).execute();
  return rows.flatMap(({ holder }) => (holder === null ? [] : [holder]));
}
