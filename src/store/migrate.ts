// Brings a database to the newest schema, in one transaction; with nothing to do it costs one query.
// A database that a newer version has migrated is a Fault `database-too-new`, one with foreign tables
// `database-unreadable`: neither is touched.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { Fault } from '../core/fault.ts';
import { first } from './migrations/001-first.ts';
import { holds } from './migrations/003-holds.ts';
import type { Schema } from './schema.ts';
import { unreadable } from './sqlite-faults.ts';

/** In order of their names; one that was released is never changed. */
const migrations: Readonly<Record<string, Migration>> = {
  '001-first': first,
  '003-holds': holds,
};

const table = 'kysely_migration';

interface Given {
  readonly db: Kysely<Schema>;
  readonly file: string;
  /** For tests; otherwise the list above. */
  readonly known?: Readonly<Record<string, Migration>>;
}

export async function migrate(given: Given): Promise<void> {
  const { db, known = migrations } = given;
  if (await isUpToDate(given)) return;
  // Loaded only here: nearly every start finds nothing to do.
  const { Migrator } = await import('kysely/migration');
  // The whole of it under the write lock, the migrator's own tables too: another process may be at the same.
  await db.transaction().execute(async (tx) => {
    const inside = { ...given, db: tx };
    await refuseForeign(inside);
    if (await isUpToDate(inside)) return;
    const migrator = new Migrator({ db: tx, provider: { getMigrations: async () => ({ ...known }) } });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
  });
}

async function isUpToDate(given: Given): Promise<boolean> {
  const { db, file, known = migrations } = given;
  const done = await doneMigrations(db);
  const unknown = done.filter((name) => known[name] === undefined);
  if (unknown.length > 0) throw tooNew({ file, unknown });
  return done.length === Object.keys(known).length;
}

/** One question instead of two: to list the tables first takes longer than all the rest of an opening. */
async function doneMigrations(db: Kysely<Schema>): Promise<readonly string[]> {
  try {
    const rows = await db.withTables<{ [table]: { name: string } }>().selectFrom(table).select('name').execute();
    return rows.map(({ name }) => name);
  } catch (error) {
    if (error instanceof Fault) throw error;
    return [];
  }
}

async function refuseForeign(given: Given): Promise<void> {
  const tables = await given.db.introspection.getTables({ withInternalKyselyTables: true });
  if (tables.length === 0 || tables.some(({ name }) => name === table)) return;
  throw unreadable({ file: given.file, why: 'it is not a database of Yardmaster' });
}

function tooNew(given: { readonly file: string; readonly unknown: readonly string[] }): Fault {
  return new Fault({
    code: 'database-too-new',
    message: `the database ${given.file} was written by a newer version of Yardmaster (${given.unknown.join(', ')})`,
    hint: 'update Yardmaster, or set YARDMASTER_HOME to another folder',
    data: { file: given.file, unknown: given.unknown },
  });
}
