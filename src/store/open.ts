// Opens the database file: creates the folder (0700) and the file (0600), configures SQLite, and brings the schema up to
// date. Faults: `database-unwritable`, `database-unreadable`, `database-too-new`, `database-busy`, `older-version-at-work`.
// A failed opening leaves no connection behind. Any number of processes may open the same new file at once.
import { chmodSync, closeSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Store } from '../ports/store.ts';
import type { Engine } from './engine.ts';
import { migrate } from './migrate.ts';
import { keepCopy, refuseWhileAtWork, type Lives } from './older.ts';
import { patiently, sqliteEngine } from './sqlite-engine.ts';
import { asFault, unwritable } from './sqlite-faults.ts';
import { storeOn } from './store.ts';

interface Given {
  /** An absolute path, or `:memory:` for a database that exists only as long as the store. */
  readonly file: string;
  /** How long to wait for another program's lock, in ms. A supervisor must survive a backup that takes half a minute. */
  readonly patience?: number;
  /** Which of the processes that are recorded as running may still be running; without it, all of them. */
  readonly lives?: Lives;
  /**
   * False: a database of an older version is not updated, and the caller may use only the parts that existed in that
   * version.
   */
  readonly updates?: boolean;
}

export async function openStore(given: Given): Promise<Store> {
  return storeOn(await openSqlite(given));
}

export async function openSqlite(given: Given): Promise<Engine> {
  const { file, patience = 60_000, lives = () => Promise.resolve(true), updates = true } = given;
  if (file !== ':memory:') makeFile(file);
  const database = connect(file);
  try {
    // The change to WAL needs exclusive access for a moment, and another process may be opening the same new file.
    await patiently({ file, patience, step: () => database.exec('pragma journal_mode = wal'), ready: () => null });
    // In WAL mode, commits survive the death of any process. Only a power cut may lose the last commits, and then the
    // workers whose launches they recorded are gone as well.
    database.exec('pragma synchronous = normal');
    // 16 MB each, four times the usual. There are fewer waits for the disk under load (each checkpoint waits twice), and
    // the pages of claims stay in memory when tens of thousands of attempts are stored.
    database.exec('pragma wal_autocheckpoint = 4000; pragma cache_size = -16000');
    const engine = sqliteEngine({ database, file, patience });
    const beforeUpdate: Parameters<typeof migrate>[0]['beforeUpdate'] = async ({ read, missing }) => {
      await refuseWhileAtWork({ read, file, lives });
      if (file !== ':memory:') keepCopy({ file, before: missing });
    };
    if (updates) await migrate({ engine, file, beforeUpdate });
    return engine;
  } catch (error) {
    database.close();
    throw error;
  }
}

function makeFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const handle = openSync(file, 'a', 0o600);
    const { mode } = fstatSync(handle);
    closeSync(handle);
    // The -wal and -shm files copy this file's mode, so a file that came from elsewhere is restricted first.
    if ((mode & 0o077) !== 0) chmodSync(file, 0o600);
  } catch (error) {
    throw unwritable({ file, why: error instanceof Error ? error.message : String(error), cause: error });
  }
}

function connect(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file, { timeout: 0, enableForeignKeyConstraints: true });
  } catch (error) {
    throw asFault({ error, file });
  }
}
