// What the first bytes of a loose object say of it, read without git: `blob 1234`, a zero, the content ("Git Internals -
// Git Objects").
import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readFileSync, readSync, readdirSync } from 'node:fs';
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

/**
 * What it is really called, by its content; null: it does not have the size that it tells, or cannot be read. `nameLength`: 40 for
 * SHA-1, 64 for SHA-256.
 */
export function nameByContent({ file, size }: Pick<LooseObject, 'file' | 'size'>, nameLength: number): string | null {
  try {
    // A sparse file of gigabytes may follow after a few bytes that look like an object.
    if (lstatSync(file).size > mostDeflated(size)) return null;
    const content = inflateSync(readFileSync(file), { maxOutputLength: size + longestHeader });
    return createHash(nameLength === 64 ? 'sha256' : 'sha1')
      .update(content)
      .digest('hex');
  } catch {
    return null;
  }
}

const longestHeader = 64;

/** Deflate adds five bytes to each block that it cannot shrink (RFC 1951). One in blocks so small that it comes to more is git's to read. */
function mostDeflated(size: number): number {
  return size + size / 100 + 1024;
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
