// The interface between the queries and a database. A second dialect (PostgreSQL) only needs another file that makes an
// Engine. Reads go through `read`. Every write goes through `write`, and write transactions run one at a time over the
// whole database, for all processes together: what a transaction has read stays true until it commits. SQLite achieves that
// by BEGIN IMMEDIATE; PostgreSQL would take an advisory lock first. `Row` is the type that the caller states for the
// columns; the contract suite checks it against the tables. A bigint column must be returned as a JavaScript number: times,
// money, tokens and offsets stay far below 2^53.
import type { Sql } from './sql.ts';

export interface Reader {
  all<Row>(query: Sql): Promise<readonly Row[]>;
  one<Row>(query: Sql): Promise<Row | undefined>;
}

export interface Writer extends Reader {
  /** Returns the number of written rows. */
  run(query: Sql): Promise<number>;
}

export interface Engine {
  readonly read: Reader;
  readonly words: Words;
  /** Commits when `work` resolves, and rolls back when it rejects. `work` must wait for nothing but the database. */
  write<T>(work: (tx: Writer) => Promise<T>): Promise<T>;
  /** Changes whenever another connection commits. This connection's own writes do not count. */
  changeMark(): Promise<number>;
  end(): Promise<void>;
}

/** SQL texts that differ between dialects; only migrations use them. */
export interface Words {
  /** The type of a key column that numbers its rows itself and never uses a number twice. */
  readonly selfNumbered: string;
  /** The same, but a number may be used again after the last row was deleted: cheaper, because no counter is written. */
  readonly numbered: string;
  /** The suffix of a table that is to be stored in the order of its primary key; empty if the dialect cannot do that. */
  readonly clustered: string;
  /** A query that lists the tables' names, as `name`. */
  readonly tables: string;
}
