// What the queries need from a database. A second dialect (PostgreSQL) is another file that makes an Engine.
// Reads go through `read`. Every write goes through `write`, and write transactions run one at a time over the whole
// database, all processes together: what a transaction has read stays true until it commits. SQLite has that by
// BEGIN IMMEDIATE; PostgreSQL would take an advisory lock first.
// `Row` is what the caller knows the columns to be; the contract suite holds it to the tables. A bigint column must be
// handed back as a JavaScript number: times, money, tokens and offsets stay far below 2^53.
import type { Sql } from './sql.ts';

export interface Reader {
  all<Row>(query: Sql): Promise<readonly Row[]>;
  one<Row>(query: Sql): Promise<Row | undefined>;
}

export interface Writer extends Reader {
  /** Answers how many rows were written. */
  run(query: Sql): Promise<number>;
}

export interface Engine {
  readonly read: Reader;
  readonly words: Words;
  /** Commits when `work` resolves, rolls back when it rejects. `work` must wait for nothing but the database. */
  write<T>(work: (tx: Writer) => Promise<T>): Promise<T>;
  /** Changes whenever another connection has committed; this connection's own writes do not count. */
  changeMark(): Promise<number>;
  end(): Promise<void>;
}

/** Where the dialects differ: text, for migrations only. */
export interface Words {
  /** Type of a key column that numbers its rows itself and never gives a number twice. */
  readonly selfNumbered: string;
  /** The same, where a number may come again once the last row was deleted: cheaper, because no counter is written. */
  readonly numbered: string;
  /** Follows a table that is to be kept in the order of its primary key; empty where there is no such thing. */
  readonly clustered: string;
  /** A query for the tables' names, as `name`. */
  readonly tables: string;
}
