// Before a database of an older version is updated, nobody of that version may be using it, because this version does not
// read everything that the older one writes (this once led to attempts without ledger rows). A copy of the database as it
// was is kept.
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../core/fault.ts';
import type { Reader } from './engine.ts';
import type { SupervisorRow } from './schema.ts';
import { sql } from './sql.ts';
import { asFault, unwritable } from './sqlite-faults.ts';

/** Whether the process with this identity may still be running. */
export type Lives = (holder: string) => Promise<boolean>;

export async function refuseWhileAtWork(given: { readonly read: Reader; readonly file: string; readonly lives: Lives }): Promise<void> {
  const { read, file, lives } = given;
  const listed = await read.all<Pick<SupervisorRow, 'holder' | 'kind' | 'pid'>>(sql`select holder, kind, pid from supervisors`);
  const words = new Map(listed.map(({ holder, kind, pid }) => [holder, `${kind}, pid ${pid}`]));
  // A pulse, or a cancel that waits for a worker's end, appears in no list of supervisors, but holds leases.
  const leases = sql`select holder from attempts where state <> 'closed' and holder is not null`;
  for (const { holder } of await read.all<{ readonly holder: string }>(leases))
    if (!words.has(holder)) words.set(holder, 'another command');
  const living = new Set<string>();
  for (const [holder, who] of words) if (await lives(holder)) living.add(who);
  if (living.size === 0) return;
  throw new Fault({
    code: 'older-version-at-work',
    message: `an older version of Yardmaster is using the database ${file} (${[...living].join('; ')}), and this version would have to update it`,
    hint: 'stop it first: `yardmaster down` stops a supervisor in the background, Ctrl-C or `kill -TERM PID` a run. Its workers continue, and the next supervisor takes them over',
    data: { file },
  });
}

/** The number of copies to keep, the newest ones: each is as large as the database. */
const kept = 2;

/**
 * Copies the database as it was before the current transaction, which must hold the write lock: another connection sees
 * only what is committed. The copy is complete or does not exist, and only its owner can read it.
 */
export function keepCopy({ file, before }: { readonly file: string; readonly before: string }): void {
  const start = `${basename(file)}.before-`;
  const path = (end: string): string => join(dirname(file), `${start}${end}`);
  const draft = path(`${before}.draft`);
  try {
    rmSync(draft, { force: true });
    const handle = openSync(draft, 'wx', 0o600);
    try {
      const source = new DatabaseSync(file, { readOnly: true });
      try {
        source.prepare('vacuum into ?').run(draft);
      } finally {
        source.close();
      }
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(draft, path(before));
    const ends = readdirSync(dirname(file)).flatMap((name) => (name.startsWith(start) ? [name.slice(start.length)] : []));
    const copies = ends.filter((end) => /^\d{3}-[a-z-]+$/.test(end)).toSorted();
    for (const end of copies.slice(0, -kept)) rmSync(path(end));
  } catch (error) {
    rmSync(draft, { force: true, recursive: true });
    const why = error instanceof Error ? error.message : String(error);
    const fault = asFault({ error, file: draft });
    throw fault instanceof Fault
      ? fault
      : unwritable({ file: path(before), why: `no copy could be made of it as it was: ${why}`, cause: error });
  }
}
