// Changes keys of a configuration file in place. Comments and all other keys stay, a file that is or would become invalid
// is refused as when it is loaded, and the new text replaces the old one in one step. Several editors at once take turns,
// so no change is lost.
import { mkdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseDocument, type Document } from 'yaml';
import { Fault } from '../core/fault.ts';
import { splitMark } from '../lib/byte-order-mark.ts';
import { takeLock } from '../lib/lock-file.ts';
import { replaceFile } from '../lib/replace-file.ts';
import { parseFile } from './parse-file.ts';

export interface Change {
  readonly path: readonly string[];
  readonly value: string | number | boolean | null | readonly string[];
}

interface Edit {
  readonly file: string;
  readonly changes: readonly Change[];
  /** If this path exists in the file already, nothing is changed. */
  readonly unless?: readonly string[];
}

/** Answers false if the path `unless` exists. Faults: `config` (the file or a value is invalid), `not-written`. */
export async function editConfig(given: Edit): Promise<boolean> {
  const { file } = given;
  try {
    const target = await realpath(file).catch(() => file);
    await mkdir(dirname(target), { recursive: true });
    const path = join(dirname(target), `.${basename(target)}.lock`);
    const release = await takeLock({ path, staleMs: 10_000, waitMs: 30_000 });
    if (release === null) throw new Error(`another program holds the lock ${path}`);
    try {
      return await edit(given);
    } finally {
      await release();
    }
  } catch (error) {
    throw error instanceof Fault ? error : notWritten(file, error);
  }
}

/** Throws errors of the file system unchanged. */
async function edit(given: Edit): Promise<boolean> {
  const { file, unless } = given;
  const found = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  const { mark, rest: before } = splitMark(found);
  parseFile({ file, text: before });
  const document = parseDocument(before, { schema: 'core' });
  if (unless !== undefined && document.hasIn(unless)) return false;
  const text = changed({ ...given, before, document });
  try {
    parseFile({ file, text });
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    // The line number is removed, because it belongs to a text that will not be written.
    const what = cause.message.replace(/^.*?:\d+: /, '');
    throw new Fault({ code: 'config', message: what, hint: `give another value; ${file} was not changed`, cause });
  }
  await replaceFile({ path: file, text: mark + text });
  return true;
}

function changed(given: Edit & { readonly before: string; readonly document: Document }): string {
  const { document } = given;
  try {
    for (const { path, value } of given.changes) document.setIn(path, value);
  } catch (error) {
    throw new Fault({
      code: 'config',
      message: `${given.file} cannot be changed: ${error instanceof Error ? error.message : String(error)}`,
      hint: 'edit the file by hand: a YAML alias stands where these keys belong',
      cause: error,
    });
  }
  const text = document.toString({ lineWidth: 0 });
  return given.before.includes('\r\n') ? text.replaceAll(/\r?\n/g, '\r\n') : text;
}

function notWritten(file: string, cause: unknown): Fault {
  return new Fault({
    code: 'not-written',
    message: `${file} cannot be changed: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: 'check the permissions of the file and its folder',
    cause,
  });
}
