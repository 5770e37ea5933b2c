// The feed: what happened, in the order of the commits, because writes run one at a time.
import type { Instant } from '../core/time.ts';
import type { FeedEntry, FeedEvent } from '../ports/feed-store.ts';
import type { Engine, Reader, Writer } from './engine.ts';
import { toFeedEntry } from './rows.ts';
import type { FeedRow } from './schema.ts';
import { chunksOf, rowsOf, sql } from './sql.ts';

/** Keeps the statements short. */
const rowsPerInsert = 50;

export async function addToFeed(engine: Engine, events: readonly FeedEvent[]): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map(({ at, type, repo, task, attempt, facts }) => [at, type, repo, task, attempt, JSON.stringify(facts)]);
  await engine.write(async (tx) => {
    for (const some of chunksOf({ all: rows, size: rowsPerInsert }))
      await tx.run(sql`insert into feed (at, type, repo, task, attempt, facts) ${rowsOf(some)}`);
  });
}

/** Runs inside the caller's transaction. `facts`: one JSON document. */
export async function enterTask(
  tx: Writer,
  given: { readonly key: number; readonly at: Instant; readonly type: string; readonly facts: string },
): Promise<void> {
  const { key, at, type, facts } = given;
  await tx.run(sql`
    insert into feed (at, type, repo, task, attempt, facts) select ${at}, ${type}, repo, id, null, ${facts} from tasks where key = ${key}`);
}

export async function readFeed(
  read: Reader,
  given: { readonly after: number | null; readonly limit: number },
): Promise<readonly FeedEntry[]> {
  const { after, limit } = given;
  if (after === null)
    return (await read.all<FeedRow>(sql`select * from feed where mark > 0 order by mark desc limit ${limit}`)).map(toFeedEntry).reverse();
  return (await read.all<FeedRow>(sql`select * from feed where mark > ${after} order by mark limit ${limit}`)).map(toFeedEntry);
}

/** The last entry stays, however old it is, because its mark must not be used again. */
export async function trimFeed(engine: Engine, given: { readonly before: Instant }): Promise<void> {
  const { before } = given;
  const first = await engine.read.one<Pick<FeedRow, 'at'>>(sql`select at from feed where mark > 0 order by mark limit 1`);
  // If there is nothing to remove, the write lock must not be taken.
  if (first === undefined || first.at >= before) return;
  await engine.write((tx) => tx.run(sql`delete from feed where at < ${before} and mark < (select max(mark) from feed)`));
}
