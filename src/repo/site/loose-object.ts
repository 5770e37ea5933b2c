// Reads the first bytes of a loose object without git: `blob 1234`, a zero, the content ("Git Internals - Git Objects").
import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readFileSync, readSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { constants as zlib, inflateSync } from 'node:zlib';

export interface LooseHeader {
  readonly type: string;
  readonly size: number;
}

/** Null if there is no such object, or if it cannot be read this way. */
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
 * The name that its content really has; null if the object does not have the stated size, or cannot be read.
 * `nameLength`: 40 for SHA-1, 64 for SHA-256.
 */
export function nameByContent(object: Pick<LooseObject, 'file' | 'size'>, nameLength: number): string | null {
  const bytes = inflated(object);
  return bytes === null ? null : nameOf(bytes, nameLength);
}

function nameOf(bytes: Buffer, nameLength: number): string {
  return createHash(nameLength === 64 ? 'sha256' : 'sha1')
    .update(bytes)
    .digest('hex');
}

/** The object's header and content. */
function inflated({ file, size }: Pick<LooseObject, 'file' | 'size'>): Buffer | null {
  try {
    // A few bytes that look like an object may be followed by a sparse file of gigabytes.
    if (lstatSync(file).size > mostDeflated(size)) return null;
    return inflateSync(readFileSync(file), { maxOutputLength: size + longestHeader });
  } catch {
    return null;
  }
}

/**
 * The content of a small object that matches its name; null if these folders of objects have no such object, and git has
 * to be asked.
 */
export function looseContent(stores: readonly string[], id: string): { readonly type: string; readonly content: Buffer } | null {
  const files = stores.map((store) => join(store, id.slice(0, 2), id.slice(2)));
  for (const file of files) {
    const header = looseHeader(file);
    const bytes = header === null || header.size > mostContent ? null : inflated({ file, size: header.size });
    if (header !== null && bytes !== null && nameOf(bytes, id.length) === id)
      return { type: header.type, content: bytes.subarray(bytes.indexOf(0) + 1) };
  }
  return null;
}

const mostContent = 2 ** 20;
const longestHeader = 64;

/**
 * Deflate adds five bytes to each block that it cannot shrink (RFC 1951). An object in blocks so small that it exceeds
 * this is left to git.
 */
function mostDeflated(size: number): number {
  return size + size / 100 + 1024;
}

export interface LooseObject extends LooseHeader {
  /** Relative to the folder of objects. */
  readonly name: string;
  readonly file: string;
}

/** If there are more, they are left to git. */
export const mostLoose = 200;

/** All objects of these folders of objects; null if there are packs, many objects, or one that cannot be read this way. */
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
