// The engine on node:sqlite, one connection per store. Statements are prepared once and run synchronously.
// Writes that wait for their turn are committed together, because most of a small transaction's cost is its commit.
// Other queries of the store wait while a transaction is under way. A database that another connection keeps locked is
// asked again and again for as long as `patience` lasts: SQLite's own waiting would block the thread, and with it the
// very transaction that is waited for when two stores of one process share a file.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine, Reader, Words, Writer } from './engine.ts';
import { sql, type Sql } from './sql.ts';
import { asFault, isBusy } from './sqlite-faults.ts';
import { writesTogether } from './writes-together.ts';

/** Statements vary only by the length of lists and the fields of patches; past this many the cache starts anew. */
const cachedStatements = 256;
/** Between two tries for a lock at most, in ms. Transactions hold it for well under one. */
const longestPause = 25;

const words: Words = {
  selfNumbered: 'integer primary key autoincrement',
  numbered: 'integer primary key',
  clustered: 'without rowid',
  tables: `select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'`,
};

interface Given {
  readonly database: DatabaseSync;
  readonly file: string;
  /** How long a lock is waited for, in ms. */
  readonly patience: number;
}

export function sqliteEngine(given: Given): Engine {
  const { database } = given;
  const prepare = statementCache(database);
  /** Settles when the transaction under way has ended. */
  let underway: Promise<void> | null = null;

  const inside = <T>(step: () => T): Promise<T> => patiently({ ...given, step, ready: () => null });
  const outside = <T>(step: () => T): Promise<T> => patiently({ ...given, step, ready: () => underway });
  const read = readerOf({ prepare, step: outside });
  const writer: Writer = {
    ...readerOf({ prepare, step: inside }),
    run: ({ text, values }) => inside(() => Number(prepare(text).statement.run(...values).changes)),
  };

  const transaction = async <T>(work: (tx: Writer) => Promise<T>): Promise<T> => {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    await outside(() => {
      // A transaction that read first and asked for the write lock later would fail when somebody wrote in between.
      prepare('begin immediate').statement.run();
      underway = ended;
    });
    try {
      const answer = await work(writer);
      await inside(() => prepare('commit').statement.run());
      return answer;
    } catch (error) {
      // After some errors (disk full) SQLite has rolled back by itself, and another ROLLBACK would hide the cause.
      if (database.isTransaction) prepare('rollback').statement.run();
      throw error;
    } finally {
      underway = null;
      end();
    }
  };

  return {
    words,
    read,
    write: writesTogether(transaction),
    changeMark: async () => Object.values((await read.one<Record<string, number>>(sql`pragma data_version`)) ?? {})[0] ?? 0,
    end: () => outside(() => (database.isOpen ? database.close() : undefined)),
  };
}

interface Prepared {
  readonly statement: StatementSync;
  /** Of the columns it answers. */
  names: readonly string[];
}

type Prepare = (text: string) => Prepared;

function readerOf(given: { readonly prepare: Prepare; readonly step: <T>(step: () => T) => Promise<T> }): Reader {
  const { prepare, step } = given;
  return {
    all: <Row>(query: Sql) => step(() => rowsOf({ query, prepared: prepare(query.text) }) as Row[]),
    one: <Row>(query: Sql) => step(() => rowsOf({ query, prepared: prepare(query.text) })[0] as Row | undefined),
  };
}

/** Fetched as arrays and named here: SQLite's binding takes half as long again for objects, which are slower to read. */
function rowsOf(given: { readonly query: Sql; readonly prepared: Prepared }): Record<string, unknown>[] {
  const { query, prepared } = given;
  const rows: Record<string, unknown>[] = [];
  // One by one, so that the arrays are gone before the collector has to copy them.
  for (const found of prepared.statement.iterate(...query.values)) {
    const values = found as unknown as readonly unknown[];
    // Asked for again (which takes 40 us) when a newer version of the program has added a column meanwhile.
    if (values.length !== prepared.names.length) prepared.names = prepared.statement.columns().map(({ name }) => name);
    const row: Record<string, unknown> = {};
    let index = 0;
    for (const name of prepared.names) row[name] = values[index++];
    rows.push(row);
  }
  return rows;
}

function statementCache(database: DatabaseSync): Prepare {
  const statements = new Map<string, Prepared>();
  return (text) => {
    const known = statements.get(text);
    if (known !== undefined) return known;
    if (statements.size >= cachedStatements) statements.clear();
    const statement = database.prepare(text);
    statement.setReturnArrays(true);
    const prepared: Prepared = { statement, names: [] };
    statements.set(text, prepared);
    return prepared;
  };
}

/** Takes the step once `ready` has nothing more to wait for, and again while the database is locked. */
export async function patiently<T>(
  given: Omit<Given, 'database'> & { readonly step: () => T; readonly ready: () => Promise<void> | null },
): Promise<T> {
  const { file, patience, step, ready } = given;
  let deadline: number | null = null;
  for (let pause = 1; ; pause = Math.min(pause * 2, longestPause)) {
    for (let wait = ready(); wait !== null; wait = ready()) await wait;
    try {
      return step();
    } catch (error) {
      const now = performance.now();
      deadline ??= now + patience;
      if (!isBusy(error) || now >= deadline) throw asFault({ error, file });
    }
    await delay(pause);
  }
}
