// The text of a small file that a person wrote. Looked at before it is read: what is no file, too large or no text is
// refused with its name. Faults: `config`.
import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { Fault } from '../core/fault.ts';
import { withoutMark } from '../lib/byte-order-mark.ts';
import { wrongConfig } from './layer.ts';

/** Synchronous inside, because most files are not there, and to be told so by the thread pool costs ten times as much. `largest` in KiB. Without a byte order mark; null where there is no file. */
export async function readText(given: { readonly file: string; readonly largest: number }): Promise<string | null> {
  const { file, largest } = given;
  try {
    const found = statSync(file);
    // A named pipe would be waited for, a device read without end.
    if (!found.isFile()) throw wrongConfig({ file, line: 1, what: 'this is not a file' });
    const { size } = found;
    // Parsing something that is no configuration could take minutes.
    if (size > largest * 1024) throw wrongConfig({ file, line: 1, what: `${Math.ceil(size / 1024)} KiB are too much for a configuration` });
    const bytes = readFileSync(file);
    if (!isUtf8(bytes)) throw wrongConfig({ file, line: firstBroken(bytes), what: 'this is no text in UTF-8' });
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

/** No line end is part of a character of several bytes, so each line is text or not by itself. */
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
