// Whether an index of ours has links to other repositories, read from the file itself (gitformat-index(5)): to list the
// entries is a process, and nearly no repository has any.
import { readFileSync } from 'node:fs';

const header = 12;
/** Ten numbers of four bytes stand before the object's name. */
const numbers = 40;
const modeAt = 24;
const linkMode = 0o160000;
const extended = 0x4000;
const nameLength = 0xfff;

/** Null: it does not tell plainly (another version of the format, or nothing there). */
export function hasLinks(given: { readonly index: string; readonly idBytes: number }): boolean | null {
  let bytes: Buffer;
  try {
    bytes = readFileSync(given.index);
  } catch {
    return null;
  }
  if (bytes.length < header || bytes.toString('latin1', 0, 4) !== 'DIRC') return null;
  const version = bytes.readUInt32BE(4);
  if (version !== 2 && version !== 3) return null;
  const count = bytes.readUInt32BE(8);
  let at = header;
  for (let entry = 0; entry < count; entry += 1) {
    const flagsAt = at + numbers + given.idBytes;
    if (flagsAt + 2 > bytes.length) return null;
    if ((bytes.readUInt32BE(at + modeAt) & 0o170000) === linkMode) return true;
    const flags = bytes.readUInt16BE(flagsAt);
    const nameAt = flagsAt + 2 + ((flags & extended) === 0 ? 0 : 2);
    const nameEnd = (flags & nameLength) === nameLength ? bytes.indexOf(0, nameAt) : nameAt + (flags & nameLength);
    if (nameEnd === -1) return null;
    // One to eight zeros, to a multiple of eight.
    at += Math.floor((nameEnd - at + 8) / 8) * 8;
  }
  return false;
}
