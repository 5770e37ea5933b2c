// Transcripts: events are appended together with the offsets that they were read from and the running totals, so a
// supervisor that takes over reads on exactly where the stored events end.
import type { TranscriptEvent, MicroUsd, Tokens } from '../core/transcript.ts';
import type { Lease } from '../core/attempt.ts';
import type { Instant } from '../core/time.ts';
import type { StoredEvent, Written } from '../ports/store.ts';
import { writeAttempt } from './attempt-queries.ts';
import type { Engine, Reader } from './engine.ts';
import { toEvent, tokenColumns } from './rows.ts';

/** Rows per insert; databases limit the parameters of a statement (4 per row). */
const rowsPerInsert = 500;

interface Added {
  readonly lease: Lease;
  readonly events: readonly TranscriptEvent[];
  readonly outOffset: number;
  readonly errOffset: number;
  /** Totals of the attempt so far, as are tokens and steps. */
  readonly cost: MicroUsd;
  readonly tokens: Tokens;
  readonly steps: number;
  readonly at: Instant;
}

export function addEvents(engine: Engine, added: Added): Promise<Written> {
  const { lease, events, at } = added;
  return engine.write(async (tx) => {
    const written = await writeAttempt(tx, lease)
      .set((column) => ({
        out_offset: added.outOffset,
        err_offset: added.errOffset,
        cost: added.cost,
        ...tokenColumns(added.tokens),
        steps: added.steps,
        event_count: column('event_count', '+', events.length),
        // Half a line moves no event: silence is measured by what the worker said.
        ...(events.length === 0 ? {} : { last_event_at: at }),
      }))
      .returning('event_count')
      .executeTakeFirst();
    if (written === undefined) return 'lost';
    const before = written.event_count - events.length;
    const rows = events.map((event, index) => ({ attempt: lease.attempt, seq: before + index + 1, at, event: JSON.stringify(event) }));
    for (let from = 0; from < rows.length; from += rowsPerInsert) {
      await tx
        .insertInto('events')
        .values(rows.slice(from, from + rowsPerInsert))
        .execute();
    }
    return 'ok';
  });
}

export async function listEvents(
  read: Reader,
  given: { readonly attempt: string; readonly after?: number; readonly limit?: number; readonly last?: number },
): Promise<readonly StoredEvent[]> {
  const { attempt, after = 0, limit, last } = given;
  const found = read.selectFrom('events').selectAll().where('attempt', '=', attempt).where('seq', '>', after);
  // Backwards along the primary key: the end of a long transcript costs no more than that of a short one.
  if (last !== undefined) return (await found.orderBy('seq', 'desc').limit(last).execute()).reverse().map(toEvent);
  const query = found.orderBy('seq');
  const rows = await (limit === undefined ? query : query.limit(limit)).execute();
  return rows.map(toEvent);
}
