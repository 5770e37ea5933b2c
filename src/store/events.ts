// Transcripts: events are appended together with the offsets up to which they were read and the running totals. A
// supervisor that takes over therefore continues exactly where the stored events end.
import type { Store, StoredEvent, Written } from '../ports/store.ts';
import { heldBy } from './attempt-queries.ts';
import type { Engine, Reader } from './engine.ts';
import { toEvent, tokenColumns } from './rows.ts';
import type { AttemptRow, EventRow } from './schema.ts';
import { assigned, chunksOf, rowsOf, sql } from './sql.ts';

/** A fifth cheaper than one row at a time; the statements stay few and short. */
const rowsPerInsert = 50;

export function addEvents(engine: Engine, added: Parameters<Store['addEvents']>[0]): Promise<Written> {
  const { lease, events, at } = added;
  const columns = {
    out_offset: added.outOffset,
    cost: added.cost,
    ...tokenColumns(added.tokens),
    steps: added.steps,
  } satisfies Partial<AttemptRow>;
  return engine.write(async (tx) => {
    const written = await tx.one<Pick<AttemptRow, 'event_count'>>(sql`
      update attempts set ${assigned(columns)}, event_count = event_count + ${events.length},
        last_event_at = case when out_offset < ${added.outOffset} then ${at} else last_event_at end
      where ${heldBy(lease)} returning event_count`);
    if (written === undefined) return 'lost';
    const before = written.event_count - events.length;
    const rows = events.map((event, index) => [lease.attempt, before + index + 1, at, JSON.stringify(event)]);
    for (const some of chunksOf({ all: rows, size: rowsPerInsert }))
      await tx.run(sql`insert into events (attempt, seq, at, event) ${rowsOf(some)}`);
    return 'ok';
  });
}

/** Without a limit, every event. */
export async function listEvents(read: Reader, given: Parameters<Store['events']>[0]): Promise<readonly StoredEvent[]> {
  const { attempt, after = 0, limit, last } = given;
  const found = sql`select seq, at, event from events where attempt = ${attempt} and seq > ${after} order by seq`;
  // Backwards along the primary key, so the end of a long transcript costs no more than that of a short one.
  if (last !== undefined) return (await read.all<EventRow>(sql`${found} desc limit ${last}`)).map(toEvent).reverse();
  return (await read.all<EventRow>(limit === undefined ? found : sql`${found} limit ${limit}`)).map(toEvent);
}
