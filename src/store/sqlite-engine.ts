// The engine on node:sqlite, with one connection per store. Statements are prepared once and run synchronously. Writes that
// wait for their turn are committed together, because most of a small transaction's cost is its commit. Other queries of
// the store wait while a transaction is under way. If another connection keeps the database locked, the engine tries again
// until `patience` is over: SQLite's own waiting would block the thread, and with it the very transaction that holds the
// lock if two stores of one process share a file.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine, Reader, Words, Writer } from './engine.ts';
import { sql, type Sql } from './sql.ts';
import { asFault, isBusy } from './sqlite-faults.ts';
import { writesTogether } from './writes-together.ts';

/** Statements differ only by the length of lists and the fields of patches. Past this number, the cache starts anew. */
const cachedStatements = 256;
/** The longest pause between two tries for a lock, in ms. Transactions hold the lock for well under one. */
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
  /** How long to wait for a lock, in ms. */
  readonly patience: number;
}

export function sqliteEngine(given: Given): Engine {
  const { database } = given;
  const prepare = statementCache(database);
  /** Settles when the current transaction has ended. */
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
      // A transaction that reads first and requests the write lock later would fail if somebody wrote in between.
      prepare('begin immediate').statement.run();
      underway = ended;
    });
    try {
      const answer = await work(writer);
      await inside(() => prepare('commit').statement.run());
      return answer;
    } catch (error) {
      // After some errors (a full disk) SQLite has already rolled back, and another ROLLBACK would hide the cause.
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
  /** The names of the columns that the statement returns. */
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

/**
 * Rows are fetched as arrays and given names here: SQLite's binding takes half as long again for objects, which are
 * slower to read.
 */
function rowsOf(given: { readonly query: Sql; readonly prepared: Prepared }): Record<string, unknown>[] {
  const { query, prepared } = given;
  const rows: Record<string, unknown>[] = [];
  // One row at a time, so that the arrays become garbage before the collector has to copy them.
  for (const found of prepared.statement.iterate(...query.values)) {
    const values = found as unknown as readonly unknown[];
    // Fetched again (which takes 40 us) if a newer version of the program has added a column meanwhile.
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

/** Runs the step once `ready` has nothing more to wait for, and repeats it while the database is locked. */
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
