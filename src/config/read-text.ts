// Reads a small text file that a person wrote. Files that are no regular files, too large, or no text are refused by name
// before they are read. Faults: `config`.
import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { Fault } from '../core/fault.ts';
import { withoutMark } from '../lib/byte-order-mark.ts';
import { wrongConfig } from './layer.ts';

/**
 * It works synchronously, because most of these files do not exist, and learning that from the thread pool would take ten
 * times as long. `largest` is in KiB. The text comes without a byte order mark; null if there is no file.
 */
export async function readText(given: { readonly file: string; readonly largest: number }): Promise<string | null> {
  const { file, largest } = given;
  try {
    const found = statSync(file);
    // Reading a named pipe would wait for ever, and reading a device might never end.
    if (!found.isFile()) throw wrongConfig({ file, line: 1, what: 'this is not a regular file' });
    const { size } = found;
    // Parsing a large file that is no configuration could take minutes.
    if (size > largest * 1024)
      throw wrongConfig({ file, line: 1, what: `${Math.ceil(size / 1024)} KiB are too large for a configuration` });
    const bytes = readFileSync(file);
    if (!isUtf8(bytes)) throw wrongConfig({ file, line: firstBroken(bytes), what: 'this is not UTF-8 text' });
    return withoutMark(bytes.toString('utf8'));
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return null;
    throw new Fault({
      code: 'config',
      message: `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: 'check the file’s permissions',
      cause,
    });
  }
}

/** No multi-byte character contains a line end, so each line can be checked by itself. */
function firstBroken(bytes: Buffer): number {
  let line = 1;
  for (let from = 0; from < bytes.length; line += 1) {
    const end = bytes.indexOf(0x0a, from);
    const to = end === -1 ? bytes.length : end;
    if (!isUtf8(bytes.subarray(from, to))) break;
    from = to + 1;
  }
  return line;
}
