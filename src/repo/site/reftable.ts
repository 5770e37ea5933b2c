// References that a git folder keeps in tables (git 2.45 and newer). They are read without git like its other files,
// because a worker could have written them and the installed git may not know them. The format is gitformat-reftable
// (Documentation/technical/ reftable of git). A deviation from it is a fault: what is not read would count as missing, and
// be lost.
import { inflateSync } from 'node:zlib';
import { Fault } from '../../core/fault.ts';
import { below, fileBytes, spend, textWithin, type Budget, type Path } from './git-files.ts';

export interface RefTables {
  /** Includes HEAD and others outside of `refs`. Names are bytes. */
  readonly refs: ReadonlyMap<string, Ref>;
  /** All objects that the logs name. */
  readonly logged: ReadonlySet<string>;
}

/** The object that it points to, or the reference that it stands for. */
export type Ref = { readonly id: string } | { readonly symbolic: string };

interface Table {
  readonly file: Path;
  readonly bytes: Buffer;
  readonly idBytes: number;
  /** The size to which blocks are padded; 0 if they are not. */
  readonly blockSize: number;
  readonly headerSize: number;
  readonly budget: Budget;
}

/** Null if the folder has no tables. Faults: `worktree-failed`. */
export function refTables(gitFolder: Path, budget: Budget): RefTables | null {
  const folder = below(gitFolder, 'reftable');
  const list = textWithin(below(folder, 'tables.list'), budget);
  if (list === null) return null;
  const [refs, logged] = [new Map<string, Ref>(), new Set<string>()];
  // Later tables override earlier ones.
  for (const name of list.split('\n').filter((line) => line !== '')) {
    const file = below(folder, name);
    const bytes = name.includes('/') ? null : fileBytes(file);
    if (bytes === null) throw unreadable(file, 'it does not exist');
    spend(file, { bytes: bytes.length, lines: 1, budget });
    try {
      readTable(tableOf({ file, bytes, budget }), { refs, logged });
    } catch (error) {
      // From zlib, or for a position outside of the file.
      if (error instanceof RangeError || (error instanceof Error && 'errno' in error)) throw unreadable(file, error.message);
      throw error;
    }
  }
  return { refs, logged };
}

function unreadable(file: Path, why: string): Fault {
  return new Fault({
    code: 'worktree-failed',
    message: `${file.toString()}, in which git stores references (a reftable file), cannot be read: ${why}`,
    hint: 'check what the worker did there; yardmaster reset gives the task a new checkout',
  });
}

function tableOf(given: Pick<Table, 'file' | 'bytes' | 'budget'>): Table {
  const { bytes } = given;
  const [version, hash] = [bytes.readUInt8(4), bytes.toString('latin1', 24, 28)];
  if (bytes.toString('latin1', 0, 4) !== 'REFT' || version < 1 || version > 2)
    throw new RangeError('it does not begin with the header of a reftable file');
  const idBytes = version === 2 && hash === 's256' ? 32 : 20;
  return { ...given, idBytes, blockSize: bytes.readUIntBE(5, 3), headerSize: version === 2 ? 28 : 24 };
}

/** The file ends with a copy of the header, five positions, and a checksum. */
function readTable(table: Table, into: { readonly refs: Map<string, Ref>; readonly logged: Set<string> }): void {
  const { bytes, headerSize } = table;
  const end = bytes.length - headerSize - 5 * 8 - 4;
  if (end < headerSize) throw new RangeError('it is too short');
  const typeAt = (at: number): string => String.fromCodePoint(bytes.readUInt8(at === 0 ? headerSize : at));
  for (let at = 0; at < end && end > headerSize && typeAt(at) === 'r';) at = readRefs(table, { at, refs: into.refs });
  const logs = Number(bytes.readBigUInt64BE(end + headerSize + 3 * 8));
  for (let at = logs; at < end && end > headerSize && typeAt(at) === 'g';) at = readLogs(table, { at, logged: into.logged });
}

/** Git makes no smaller blocks, except for a last one; each block costs some time. */
const blockBytes = 4096;

/** Returns the position of the next block. */
function readRefs(table: Table, { at, refs }: { readonly at: number; readonly refs: Map<string, Ref> }): number {
  const { file, bytes, headerSize, idBytes, blockSize, budget } = table;
  spend(file, { bytes: 0, lines: 1, budget });
  const start = at + (at === 0 ? headerSize : 0);
  const length = bytes.readUIntBE(start + 1, 3);
  eachRecord({ ...table, bytes: within(bytes, { start: at, end: at + length }), from: start + 4 - at }, (name, type, reader) => {
    reader.number();
    if (type === 0) refs.delete(name);
    else if (type === 3) refs.set(name, { symbolic: reader.bytes(reader.number()).toString('latin1') });
    else refs.set(name, { id: reader.bytes(idBytes).toString('hex') });
    if (type === 2) reader.bytes(idBytes);
  });
  // Padding consists of zeros, and no block begins with a zero.
  return at + (blockSize > length && bytes[at + length] === 0 ? blockSize : length);
}

/** Returns the position of the next block. A block of logs is compressed, except for its beginning. */
function readLogs(table: Table, { at, logged }: { readonly at: number; readonly logged: Set<string> }): number {
  const { file, bytes, headerSize, idBytes, budget } = table;
  const start = at + (at === 0 ? headerSize : 0) + 4;
  const length = bytes.readUIntBE(start - 3, 3) - (start - at);
  // A few bytes may expand to a thousand times as many.
  spend(file, { bytes: Math.max(length, blockBytes), lines: 1, budget });
  const options = { info: true, maxOutputLength: Math.max(length, 1) };
  // Node's types do not describe the result with `info`, which includes how much of the input was used.
  const inflated = inflateSync(bytes.subarray(start), options) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
  eachRecord({ ...table, bytes: inflated.buffer, from: 0 }, (_, type, reader) => {
    if (type === 0) return;
    for (const id of [reader.bytes(idBytes), reader.bytes(idBytes)]) if (id.some((byte) => byte !== 0)) logged.add(id.toString('hex'));
    // Who, their address, when, the time zone, and why.
    reader.bytes(reader.number());
    reader.bytes(reader.number());
    reader.number();
    reader.bytes(2);
    reader.bytes(reader.number());
  });
  return start + inflated.engine.bytesWritten;
}

interface Reader {
  number(): number;
  bytes(count: number): Buffer;
}

/**
 * Each name, except for the first of a group, says how many bytes it shares with the previous one. The end of a block
 * lists the positions of such first names.
 */
function eachRecord(
  given: Pick<Table, 'file' | 'bytes' | 'budget'> & { readonly from: number },
  take: (name: string, type: number, reader: Reader) => void,
): void {
  const { file, bytes, budget } = given;
  const end = bytes.length - 2 - 3 * bytes.readUInt16BE(bytes.length - 2);
  let at = given.from;
  const reader: Reader = {
    number: () => {
      let byte = bytes.readUInt8(at++);
      let value = byte & 0x7f;
      while ((byte & 0x80) !== 0) {
        byte = bytes.readUInt8(at++);
        value = (value + 1) * 128 + (byte & 0x7f);
      }
      return value;
    },
    bytes: (count) => within(bytes, { start: at, end: (at += count) }),
  };
  for (let name = ''; at < end;) {
    const common = reader.number();
    const rest = reader.number();
    if (common > name.length) throw new RangeError('a name shares more than the previous name has');
    name = name.slice(0, common) + reader.bytes(Math.floor(rest / 8)).toString('latin1');
    // In a long chain, each name could contain all the previous ones.
    spend(file, { bytes: name.length, lines: 1, budget });
    take(name, rest % 8, reader);
  }
}

function within(bytes: Buffer, { start, end }: { readonly start: number; readonly end: number }): Buffer {
  if (!(start >= 0 && end <= bytes.length && start <= end)) throw new RangeError('it ends too early');
  return bytes.subarray(start, end);
}
