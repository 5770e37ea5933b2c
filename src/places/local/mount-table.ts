// Mounts as a table for `mount -a` (fstab(5)), handed to it as an open file: `mount` takes no pipe, and a file with a name
// could be written by a worker.
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

/** `use` is given what to append to `stdio`, so that the table is file descriptor 3. It starts its process before it answers. */
export function withTable<T>(table: string | null, use: (files: readonly number[]) => T): T {
  const { file, close } = openTable(table);
  try {
    return use(file === null ? [] : [file]);
  } finally {
    close();
  }
}

/** The same, for what takes longer. */
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

/** Linux's number for it, which Node does not name. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;

function openUnnamed(): number {
  try {
    return openSync(tmpdir(), O_TMPFILE | constants.O_RDWR, 0o600);
  } catch {
    // A file system that has no such files: it has a name for a moment.
    const path = join(tmpdir(), `yardmaster-${crypto.randomUUID()}`);
    const file = openSync(path, 'wx+', 0o600);
    rmSync(path);
    return file;
  }
}
