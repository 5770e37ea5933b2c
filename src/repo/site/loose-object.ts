// What the first bytes of a loose object say of it, read without git: `blob 1234`, a zero, the content ("Git Internals -
// Git Objects").
import { closeSync, lstatSync, openSync, readSync } from 'node:fs';
import { constants as zlib, inflateSync } from 'node:zlib';

export interface LooseHeader {
  readonly type: string;
  readonly size: number;
}

/** Null where no such object stands, or it does not tell plainly. */
export function looseHeader(file: string): LooseHeader | null {
  try {
    if (!lstatSync(file).isFile()) return null;
    const bytes = Buffer.alloc(64);
    const opened = openSync(file, 'r');
    try {
      const length = readSync(opened, bytes, 0, bytes.length, 0);
      const head = inflateSync(bytes.subarray(0, length), { finishFlush: zlib.Z_SYNC_FLUSH }).toString('latin1');
      const [, type, size] = /^([a-z]+) (\d+)\0/.exec(head) ?? [];
      return type === undefined ? null : { type, size: Number(size) };
    } finally {
      closeSync(opened);
    }
  } catch {
    return null;
  }
}
