// Brings a database to the newest schema in one transaction; if there is nothing to do, this takes one query. A database
// that a newer version has migrated is a Fault `database-too-new`, one with foreign tables `database-unreadable`. Neither
// is changed.
import { Fault } from '../core/fault.ts';
import type { Engine, Reader, Words, Writer } from './engine.ts';
import { first } from './migrations/001-first.ts';
import { second } from './migrations/002-watched.ts';
import { third } from './migrations/003-holds.ts';
import { fourth } from './migrations/004-accounts.ts';
import { fifth } from './migrations/005-ledger.ts';
import { sixth } from './migrations/006-tools.ts';
import { seventh } from './migrations/007-roles.ts';
import { eighth } from './migrations/008-hosts.ts';
import { ninth } from './migrations/009-lease-clock.ts';
import { tenth } from './migrations/010-ticks.ts';
import { eleventh } from './migrations/011-reasons.ts';
import { twelfth } from './migrations/012-unused-columns.ts';
import { thirteenth } from './migrations/013-deliveries.ts';
import { fourteenth } from './migrations/014-feed.ts';
import { fifteenth } from './migrations/015-said.ts';
import { sixteenth } from './migrations/016-pull-requests.ts';
import { seventeenth } from './migrations/017-merged-without-forge.ts';
import { eighteenth } from './migrations/018-stacks.ts';
import { nineteenth } from './migrations/019-remembered-issues.ts';
import { record, sql } from './sql.ts';
import { unreadable } from './sqlite-faults.ts';

/** The statements of one step, in order. */
type Migration = (words: Words) => readonly string[];

/** Applied in the order of their names. A released migration is never changed. */
const migrations: Readonly<Record<string, Migration>> = {
  '001-first': first,
  '002-watched': second,
  '003-holds': third,
  '004-accounts': fourth,
  '005-ledger': fifth,
  '006-tools': sixth,
  '007-roles': seventh,
  '008-hosts': eighth,
  '009-lease-clock': ninth,
  '010-ticks': tenth,
  '011-reasons': eleventh,
  '012-unused-columns': twelfth,
  '013-deliveries': thirteenth,
  '014-feed': fourteenth,
  '015-said': fifteenth,
  '016-pull-requests': sixteenth,
  '017-merged-without-forge': seventeenth,
  '018-stacks': eighteenth,
  '019-remembered-issues': nineteenth,
};

interface Given {
  readonly engine: Engine;
  readonly file: string;
  /** Used by tests; otherwise the list above. */
  readonly known?: Readonly<Record<string, Migration>>;
  /** Called under the write lock before a database of an older version is changed. If it throws, nothing is changed. */
  readonly beforeUpdate?: (given: { readonly read: Reader; readonly missing: string }) => Promise<void>;
}

export async function migrate(given: Given): Promise<void> {
  const { engine, file, known = migrations, beforeUpdate } = given;
  const missingIn = async (read: Reader): Promise<readonly string[]> => missingOf({ file, known, done: await doneMigrations(read) });
  if ((await missingIn(engine.read)).length === 0) return;
  // All of this happens under the write lock, and the question is asked again, because another process may be doing the
  // same.
  await engine.write(async (tx) => {
    await makeLedger(tx, given);
    const missing = await missingIn(tx);
    const [next] = missing;
    if (next !== undefined && missing.length < Object.keys(known).length) await beforeUpdate?.({ read: tx, missing: next });
    for (const name of missing) {
      for (const text of known[name]?.(engine.words) ?? []) await tx.run({ text, values: [] });
      await tx.run(sql`insert into kysely_migration ${record({ name, timestamp: new Date().toISOString() })}`);
    }
  });
}

/** For a process that opened the database long ago, before it is added to the list of processes that an update waits for. */
export async function refuseNewer(read: Reader): Promise<void> {
  missingOf({ file: 'of this home', known: migrations, done: await doneMigrations(read) });
}

function missingOf(given: Required<Pick<Given, 'file' | 'known'>> & { readonly done: readonly string[] }): readonly string[] {
  const { file, known, done } = given;
  const unknown = done.filter((name) => known[name] === undefined);
  if (unknown.length > 0) throw tooNew({ file, unknown });
  return Object.keys(known).filter((name) => !done.includes(name));
}

/** One query instead of two: listing the tables first would take longer than the rest of opening the database. */
async function doneMigrations(read: Reader): Promise<readonly string[]> {
  try {
    return (await read.all<{ readonly name: string }>(sql`select name from kysely_migration order by name`)).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Fault) throw error;
    return [];
  }
}

/**
 * The table keeps the name that a library gave it, because older programs use it to recognize a file that is too new for
 * them.
 */
async function makeLedger(tx: Writer, given: Given): Promise<void> {
  const { engine, file } = given;
  const tables = await tx.all<{ readonly name: string }>({ text: engine.words.tables, values: [] });
  if (tables.some(({ name }) => name === 'kysely_migration')) return;
  if (tables.length > 0) throw unreadable({ file, why: 'it is no Yardmaster database' });
  await tx.run(sql`create table kysely_migration (name text primary key not null, timestamp text not null)`);
}

function tooNew(given: { readonly file: string; readonly unknown: readonly string[] }): Fault {
  return new Fault({
    code: 'database-too-new',
    message: `the database ${given.file} was written by a newer version of Yardmaster (${given.unknown.join(', ')})`,
    hint: 'update Yardmaster, or set YARDMASTER_HOME to another folder',
    data: { file: given.file, unknown: given.unknown },
  });
}
