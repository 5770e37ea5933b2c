// Hands mounts to `mount -a` as a table (fstab(5)) in an open file: `mount` accepts no pipe, and a worker could write to a
// file that has a name.
import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mount } from './read-only-mounts.ts';

export function tableOf(mounts: readonly Mount[]): string {
  return mounts.map(({ options, folder }) => `${escaped(folder)} ${escaped(folder)} none ${options} 0 0\n`).join('');
}

function escaped(path: string): string {
  return path.replaceAll(/[\s\\]/g, (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/**
 * `use` gets what to append to `stdio`, so that the table becomes file descriptor 3. It has to start its process before
 * it returns.
 */
export function withTable<T>(table: string | null, use: (files: readonly number[]) => T): T {
  const { file, close } = openTable(table);
  try {
    return use(file === null ? [] : [file]);
  } finally {
    close();
  }
}

/** The same for callers that need the file for longer. */
export function openTable(table: string | null): { readonly file: number | null; readonly close: () => void } {
  if (table === null) return { file: null, close: () => {} };
  const file = openUnnamed();
  try {
    writeSync(file, table);
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return { file, close: () => closeSync(file) };
}

/** Linux's number for this flag, for which Node has no name. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;

function openUnnamed(): number {
  try {
    return openSync(tmpdir(), O_TMPFILE | constants.O_RDWR, 0o600);
  } catch {
    // On a file system without nameless files, the file has a name for a moment.
    const path = join(tmpdir(), `yardmaster-${crypto.randomUUID()}`);
    const file = openSync(path, 'wx+', 0o600);
    rmSync(path);
    return file;
  }
}
