// What the first bytes of a loose object say of it, read without git: `blob 1234`, a zero, the content ("Git Internals -
// Git Objects").
import { closeSync, lstatSync, openSync, readSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
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

export interface LooseObject extends LooseHeader {
  /** Below the folder of objects. */
  readonly name: string;
  readonly file: string;
}

/** More of them are git's to read. */
const mostLoose = 200;

/** All objects of these folders of objects; null where there are packs, many objects, or one that does not tell plainly. */
export function looseObjects(stores: readonly string[]): readonly LooseObject[] | null {
  const found: LooseObject[] = [];
  for (const store of stores) {
    for (const folder of readdirSync(store)) {
      if (folder === 'info') continue;
      const names = namesIn(join(store, folder));
      if (names === null) return null;
      for (const rest of names) {
        const [name, file] = [join(folder, rest), join(store, folder, rest)];
        const header = folder === 'pack' ? null : looseHeader(file);
        if (header === null || found.length >= mostLoose) return null;
        found.push({ ...header, name, file });
      }
    }
  }
  return found;
}

function namesIn(folder: string): readonly string[] | null {
  try {
    return readdirSync(folder);
  } catch {
    return null;
  }
}
