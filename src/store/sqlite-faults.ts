// Turns SQLite's error numbers into Faults that say what a person can do. Anything else (a constraint, wrong SQL) is a
// mistake of ours, and stays the error that it is.
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../core/fault.ts';

/** SQLite's primary result code; null if the error is not SQLite's. Extended codes contain it in their low byte. */
function resultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}

export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === 5 || code === 6;
}

export function unreadable(given: { readonly file: string; readonly why: string; readonly cause?: unknown }): Fault {
  return new Fault({
    code: 'database-unreadable',
    message: `the database ${given.file} cannot be read: ${given.why}`,
    hint: 'move the file away (with its -wal and -shm files) to begin with an empty database, or restore a backup',
    data: { file: given.file },
    cause: given.cause,
  });
}

export function unwritable(given: { readonly file: string; readonly why: string; readonly cause?: unknown }): Fault {
  return new Fault({
    code: 'database-unwritable',
    message: `the database ${given.file} cannot be written: ${given.why}`,
    hint: 'check the folder, its permissions and the free space, or set YARDMASTER_HOME to another folder',
    data: { file: given.file },
    cause: given.cause,
  });
}

function roomAt(file: string): string {
  try {
    const { bavail, blocks, bsize } = statfsSync(dirname(file));
    const mebibytes = (count: number): string => ((count * bsize) / 2 ** 20).toFixed(1);
    return ` (${mebibytes(bavail)} of ${mebibytes(blocks)} MiB are free)`;
  } catch {
    return '';
  }
}

export function asFault(given: { readonly error: unknown; readonly file: string }): unknown {
  const { error, file } = given;
  const why = error instanceof Error ? error.message : String(error);
  switch (resultCode(error)) {
    case 5:
    case 6:
      return new Fault({
        code: 'database-busy',
        message: `the database ${file} stayed locked by another process`,
        hint: 'find the process that keeps a transaction open (a database browser, a backup, a suspended supervisor), end it, and try again',
        data: { file },
        cause: error,
      });
    case 11: // CORRUPT
    case 26: // NOTADB
      return unreadable({ file, why, cause: error });
    case 13: // FULL
      return new Fault({
        code: 'database-full',
        message: `the database ${file} cannot grow: its disk is full`,
        hint: `free some space there${roomAt(file)}; nothing was written halfway, and you can repeat what failed`,
        data: { file },
        cause: error,
      });
    case 3: // PERM
    case 8: // READONLY
    case 10: // IOERR
    case 14: // CANTOPEN
      return unwritable({ file, why, cause: error });
    case null:
    default:
      return error;
  }
}
