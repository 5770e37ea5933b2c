// Lists the names of a folder's `*.md` files, sorted. Faults: `config`.
import { readdir } from 'node:fs/promises';
import { Fault } from '../core/fault.ts';

/** `of`: what the files describe, for the message. A missing folder has no files. */
export async function markdownIn(given: { readonly folder: string; readonly of: string }): Promise<readonly string[]> {
  const { folder, of } = given;
  try {
    return (await readdir(folder)).flatMap((entry) => (entry.endsWith('.md') ? [entry.slice(0, -3)] : [])).toSorted();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw new Fault({
      code: 'config',
      message: `${folder} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: `it has to be a folder that contains ${of}, each in a file NAME.md`,
      cause,
    });
  }
}
