// Kysely over node:sqlite. One connection per store; Kysely's own mutex (the adapter says that there is only one)
// keeps every other query of this store out of a running transaction.
// Write transactions begin IMMEDIATE: a transaction that reads first and writes later would otherwise fail with
// SQLITE_BUSY_SNAPSHOT when somebody wrote in between. Waiting for the write lock leaves the event loop free.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult, TransactionSettings } from 'kysely';
import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import { asFault, isBusy } from './sqlite-faults.ts';

/** How long a statement outside of a write transaction waits for a lock, in ms. In WAL mode readers hardly ever do. */
export const busyTimeout = 5000;
/** How long a write transaction waits for the others; transactions hold the lock for well under a millisecond. */
const lockTimeout = 15_000;
/** Statements vary only by the length of lists; past this many the cache starts anew. */
const cachedStatements = 256;
/** Bulk inserts are long and hardly ever the same twice. */
const cachedLength = 2000;

interface Prepared {
  readonly statement: StatementSync;
  readonly answersRows: boolean;
}

class SqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #prepared = new Map<string, Prepared>();

  constructor(given: { database: DatabaseSync; file: string }) {
    this.#database = given.database;
    this.#file = given.file;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const { statement, answersRows } = this.#prepare(query.sql);
      const parameters = query.parameters as readonly SQLInputValue[];
      if (answersRows) return { rows: statement.all(...parameters) as R[] };
      const { changes, lastInsertRowid } = statement.run(...parameters);
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
    } catch (error) {
      throw asFault({ error, file: this.#file });
    }
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query);
  }

  run(sql: string): void {
    try {
      this.#database.exec(sql);
    } catch (error) {
      throw asFault({ error, file: this.#file });
    }
  }

  /**
   * SQLite's own busy handler would block the thread, and with it the very transaction that is waited for when two
   * stores of one process share a file. So it is switched off for BEGIN, and the waiting is done here.
   */
  async beginImmediate(): Promise<void> {
    const deadline = performance.now() + lockTimeout;
    for (let pause = 1; !this.#tryBegin(deadline); pause = Math.min(pause * 2, 25)) await delay(pause);
  }

  rollback(): void {
    // After some errors (disk full) SQLite has rolled back by itself, and another ROLLBACK would hide the cause.
    if (this.#database.isTransaction) this.run('rollback');
  }

  #tryBegin(deadline: number): boolean {
    try {
      this.#database.exec('pragma busy_timeout = 0');
      this.#database.exec('begin immediate');
      return true;
    } catch (error) {
      if (isBusy(error) && performance.now() < deadline) return false;
      throw asFault({ error, file: this.#file });
    } finally {
      this.#database.exec(`pragma busy_timeout = ${busyTimeout}`);
    }
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    const prepared = { statement, answersRows: statement.columns().length > 0 };
    if (sql.length > cachedLength) return prepared;
    if (this.#prepared.size >= cachedStatements) this.#prepared.clear();
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

class SqliteDriver implements Driver {
  readonly #database: DatabaseSync;
  readonly #connection: SqliteConnection;

  constructor(given: { database: DatabaseSync; file: string }) {
    this.#database = given.database;
    this.#connection = new SqliteConnection(given);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(_connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    if (settings.accessMode === 'read only') this.#connection.run('begin');
    else await this.#connection.beginImmediate();
  }

  async commitTransaction(): Promise<void> {
    this.#connection.run('commit');
  }

  async rollbackTransaction(): Promise<void> {
    this.#connection.rollback();
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#database.close();
  }
}

/** SQLite does roll schema changes back; with this the migrator works in one transaction, safe from a second process. */
class Adapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

export function sqliteDialect(given: { readonly database: DatabaseSync; readonly file: string }): Dialect {
  return {
    createDriver: () => new SqliteDriver(given),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new Adapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}
