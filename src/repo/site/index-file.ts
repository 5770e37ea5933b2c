// Reads an index directly from its file (gitformat-index(5)): asking git takes a process per question, and usually there is
// nothing to report. An index that a worker wrote is mere data here: the answers are null if it is not clearly an index.
import { createHash } from 'node:crypto';
import { fileBytes } from './git-files.ts';

const header = 12;
/** Ten numbers of four bytes precede the object's name; the mode is the seventh. */
const numbers = 40;
const modeAt = 24;
const linkMode = 0o160000;
/** In a sparse index, a folder outside of the cone is one entry. */
const folderMode = 0o040000;
const typeBits = 0o170000;
const assumedValid = 0x8000;
const extended = 0x4000;
const stageBits = 0x3000;
const nameLength = 0xfff;

interface Entry {
  readonly mode: number;
  /** The offsets of the object's name, the conflict's stage and the path. */
  readonly idAt: number;
  readonly stage: number;
  readonly nameAt: number;
  readonly nameEnd: number;
}

interface Index {
  readonly bytes: Buffer;
  readonly entries: readonly Entry[];
  /** Where the extensions begin. */
  readonly end: number;
}

function readIndex(given: { readonly file: string; readonly idBytes: number }): Index | null {
  const bytes = fileBytes(given.file);
  return bytes && indexIn({ bytes, idBytes: given.idBytes });
}

/** The version of the format; null if it is something else. */
function versionOf(bytes: Buffer): number | null {
  return bytes.length < header || bytes.toString('latin1', 0, 4) !== 'DIRC' ? null : bytes.readUInt32BE(4);
}

/** Null if the file has another version of the format, or is something else. */
function indexIn(given: { readonly bytes: Buffer; readonly idBytes: number }): Index | null {
  const { bytes } = given;
  const version = versionOf(bytes);
  if (version !== 2 && version !== 3) return null;
  const count = bytes.readUInt32BE(8);
  const entries: Entry[] = [];
  let at = header;
  for (let left = count; left > 0; left -= 1) {
    const flagsAt = at + numbers + given.idBytes;
    if (flagsAt + 4 > bytes.length) return null;
    const flags = bytes.readUInt16BE(flagsAt);
    const nameAt = flagsAt + 2 + ((flags & extended) === 0 ? 0 : 2);
    const nameEnd = (flags & nameLength) === nameLength ? bytes.indexOf(0, nameAt) : nameAt + (flags & nameLength);
    if (nameEnd === -1 || nameEnd > bytes.length) return null;
    entries.push({ mode: bytes.readUInt32BE(at + modeAt), idAt: at + numbers, stage: flags & stageBits, nameAt, nameEnd });
    // One to eight zeros, up to a multiple of eight.
    at += Math.floor((nameEnd - at + 8) / 8) * 8;
  }
  return { bytes, entries, end: at };
}

/**
 * The version of the format. Version 2 cannot say that a sparse checkout leaves a file out; version 3 can. Null if the
 * file is something else.
 */
export function indexVersion(index: string): number | null {
  const bytes = fileBytes(index);
  return bytes && versionOf(bytes);
}

/** Whether it contains links to other repositories; null if that cannot be determined. */
export function hasLinks(given: { readonly index: string; readonly idBytes: number }): boolean | null {
  const { idBytes } = given;
  const bytes = fileBytes(given.index);
  const version = bytes && versionOf(bytes);
  if (bytes === null || version === null || version < 2 || version > 4) return null;
  if (!bytes.includes(linkBytes) && !bytes.includes(halfMark)) return false;
  const index = indexIn({ bytes, idBytes });
  if (index === null || neededExtensions(index, bytes.length - idBytes).some((one) => one.indexOf(halfMark) === 0)) return null;
  return index.entries.some(({ mode }) => (mode & typeBits) === linkMode);
}

/** The mode of a link has this form in every version of the format. */
const linkBytes = Buffer.from([0, 0, linkMode >> 8, 0]);

/** The extension that names the file with the other half of a split index. */
const halfMark = 'link';

/** A digest of all entries named `.gitattributes` at any depth, and of folders that are known only as a whole. */
export function attributesMark(given: { readonly index: string; readonly idBytes: number }): string | null {
  const index = readIndex({ file: given.index, idBytes: given.idBytes });
  if (index === null) return null;
  const { bytes, entries } = index;
  const digest = createHash('sha256');
  for (const { mode, idAt, nameAt, nameEnd } of entries) {
    const isFolder = (mode & typeBits) === folderMode;
    if (!isFolder && bytes.toString('latin1', Math.max(nameAt, nameEnd - attributes.length), nameEnd) !== attributes) continue;
    digest
      .update(bytes.subarray(idAt, idAt + given.idBytes))
      .update(bytes.subarray(nameAt, nameEnd))
      .update('\0');
  }
  return digest.digest('hex');
}

const attributes = '.gitattributes';

/**
 * Whether both contain the same paths with the same content and mode, and no conflicts. What they know about files on
 * disk may differ.
 */
export function sameEntries(given: { readonly one: string; readonly other: string; readonly idBytes: number }): boolean | null {
  const { idBytes } = given;
  const [one, other] = [given.one, given.other].map((file) => readIndex({ file, idBytes }));
  if (!one || !other) return null;
  if (one.entries.length !== other.entries.length) return false;
  return one.entries.every((entry, at) => {
    const with_ = other.entries[at];
    if (with_ === undefined || entry.stage !== 0 || with_.stage !== 0 || entry.mode !== with_.mode) return false;
    const sameId = one.bytes.compare(other.bytes, with_.idAt, with_.idAt + idBytes, entry.idAt, entry.idAt + idBytes) === 0;
    return sameId && one.bytes.compare(other.bytes, with_.nameAt, with_.nameEnd, entry.nameAt, entry.nameEnd) === 0;
  });
}

/**
 * The same index, with each link at the commit that `commitAt` returns for its path (bytes), and flagged so that git does
 * not look there (`git update-index --assume-unchanged`). If `commitAt` returns null, the link is unchanged. The result
 * is null if no link changes.
 */
export function withLinksAt(given: {
  readonly file: string;
  readonly idBytes: number;
  readonly commitAt: (path: string, commit: string) => string | null;
}): Buffer | null {
  const { file, idBytes, commitAt } = given;
  const index = readIndex({ file, idBytes });
  if (index === null) return null;
  const { bytes, entries, end } = index;
  let changed = false;
  for (const { mode, idAt, stage, nameAt, nameEnd } of entries) {
    if ((mode & typeBits) !== linkMode || stage !== 0) continue;
    const commit = commitAt(bytes.toString('latin1', nameAt, nameEnd), bytes.toString('hex', idAt, idAt + idBytes));
    if (commit === null) continue;
    bytes.write(commit, idAt, idBytes, 'hex');
    bytes.writeUInt16BE(bytes.readUInt16BE(idAt + idBytes) | assumedValid, idAt + idBytes);
    changed = true;
  }
  if (!changed) return null;
  const content = Buffer.concat([bytes.subarray(0, end), ...neededExtensions(index, bytes.length - idBytes)]);
  return Buffer.concat([
    content,
    createHash(idBytes === 32 ? 'sha256' : 'sha1')
      .update(content)
      .digest(),
  ]);
}

/**
 * Extensions whose names begin with a lower-case letter. The others only make git faster, and would make false statements
 * about the new content.
 */
function neededExtensions({ bytes, end }: Index, to: number): readonly Buffer[] {
  const needed: Buffer[] = [];
  for (let at = end; at + 8 <= to;) {
    const next = at + 8 + bytes.readUInt32BE(at + 4);
    if (/^[a-z]/.test(bytes.toString('latin1', at, at + 4))) needed.push(bytes.subarray(at, next));
    at = next;
  }
  return needed;
}
