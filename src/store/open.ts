// Opens the database file: makes the folder (0700) and the file (0600), sets SQLite up, brings the schema up to date.
// Faults: `database-unwritable`, `database-unreadable`, `database-too-new`, `database-busy`. A failed opening leaves
// no connection behind. Any number of processes may open the same new file at once.
import { chmod, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { Kysely, sql } from 'kysely';
import type { Store } from '../ports/store.ts';
import { engineOf, type Engine } from './engine.ts';
import { migrate } from './migrate.ts';
import type { Schema } from './schema.ts';
import { busyTimeout, sqliteDialect } from './sqlite-dialect.ts';
import { asFault, isBusy, unwritable } from './sqlite-faults.ts';
import { storeOn } from './store.ts';

/** `file` is an absolute path, or `:memory:` for a database that ends with the store. */
export async function openStore(given: { readonly file: string }): Promise<Store> {
  return storeOn(await openSqlite(given));
}

export async function openSqlite(given: { readonly file: string }): Promise<Engine> {
  const { file } = given;
  if (file !== ':memory:') await makeFile(file);
  const database = await connect(file);
  const db = new Kysely<Schema>({ dialect: sqliteDialect({ database, file }) });
  try {
    await migrate({ db, file });
  } catch (error) {
    if (database.isOpen) database.close();
    throw error;
  }
  return engineOf({ db, changeMark: () => dataVersion(db) });
}

async function makeFile(file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(file, 'a', 0o600);
    await handle.close();
    // The -wal and -shm files take their mode from this one, so a file that came from elsewhere is tightened first.
    if (((await stat(file)).mode & 0o077) !== 0) await chmod(file, 0o600);
  } catch (error) {
    throw unwritable({ file, why: error instanceof Error ? error.message : String(error), cause: error });
  }
}

async function connect(file: string): Promise<DatabaseSync> {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { timeout: busyTimeout, enableForeignKeyConstraints: true });
    await useWal(database);
    // In WAL mode this survives the death of any process; only a power cut may lose the last commits, and then the
    // workers whose launches they recorded are gone as well.
    database.exec('pragma synchronous = normal');
    return database;
  } catch (error) {
    database?.close();
    throw asFault({ error, file });
  }
}

/** The change to WAL needs the file alone and does not always wait for it: two processes may open a new file at once. */
async function useWal(database: DatabaseSync): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      database.exec('pragma journal_mode = wal');
      return;
    } catch (error) {
      if (!isBusy(error) || tries === 200) throw error;
      await delay(25);
    }
  }
}

async function dataVersion(db: Kysely<Schema>): Promise<number> {
  const { rows } = await sql<{ data_version: number }>`pragma data_version`.execute(db);
  return rows[0]?.data_version ?? 0;
}
