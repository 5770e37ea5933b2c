// Changes keys of a configuration file in place: comments and all other keys stay, a file that is or would become wrong
// is refused as at load, and the new text replaces the old in one step.
import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { Fault } from '../core/fault.ts';
import { replaceFile } from '../lib/replace-file.ts';
import { parseFile } from './parse-file.ts';

export interface Change {
  readonly path: readonly string[];
  readonly value: string | number | boolean | null | readonly string[];
}

/** Faults: `config` (the file is wrong, or a value is), `not-written`. */
export async function editConfig(given: { readonly file: string; readonly changes: readonly Change[] }): Promise<void> {
  const { file, changes } = given;
  const before = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw notWritten(file, error);
  });
  parseFile({ file, text: before });
  const text = changed({ file, before, changes });
  try {
    parseFile({ file, text });
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    // The line is one of a file that will not be.
    const what = cause.message.replace(/^.*?:\d+: /, '');
    throw new Fault({ code: 'config', message: what, hint: `give another value; ${file} stays as it was`, cause });
  }
  try {
    await replaceFile({ path: file, text });
  } catch (error) {
    throw notWritten(file, error);
  }
}

function changed(given: { file: string; before: string; changes: readonly Change[] }): string {
  const document = parseDocument(given.before, { schema: 'core' });
  try {
    for (const { path, value } of given.changes) document.setIn(path, value);
  } catch (error) {
    throw new Fault({
      code: 'config',
      message: `${given.file} cannot be changed: ${error instanceof Error ? error.message : String(error)}`,
      hint: 'write the keys by hand: an alias stands where they belong',
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
