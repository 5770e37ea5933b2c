// What the queries need from a database. A second dialect (PostgreSQL) is another file that makes an Engine.
// Reads go through `read`, which cannot write by its type. Every write goes through `write`, and write transactions
// run one at a time over the whole database, all processes together: what a transaction has read stays true until
// it commits. SQLite has that by BEGIN IMMEDIATE; PostgreSQL would take an advisory lock first.
import type { Kysely, Transaction } from 'kysely';
import type { ReadonlyKysely } from 'kysely/readonly';
import type { Schema } from './schema.ts';

export type Reader = ReadonlyKysely<Schema>;
export type Writer = Transaction<Schema>;

export interface Engine {
  readonly read: Reader;
  /** Commits when `work` resolves, rolls back when it rejects. `work` must wait for nothing but the database. */
  write<T>(work: (tx: Writer) => Promise<T>): Promise<T>;
  /** Changes whenever another connection has committed; this connection's own writes do not count. */
  changeMark(): Promise<number>;
  end(): Promise<void>;
}

export function engineOf(given: { readonly db: Kysely<Schema>; readonly changeMark: () => Promise<number> }): Engine {
  const { db, changeMark } = given;
  return {
    read: db as unknown as Reader,
    write: (work) => db.transaction().execute(work),
    changeMark,
    end: () => db.destroy(),
  };
}

/** A transaction reads as well; Kysely's two types do not know of each other. */
export function reading(tx: Writer): Reader {
  return tx as unknown as Reader;
}
