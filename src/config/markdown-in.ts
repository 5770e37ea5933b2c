// The names of a folder's `*.md`, in order. Faults: `config`.
import { readdir } from 'node:fs/promises';
import { Fault } from '../core/fault.ts';

/** `of`: what they are, for a person. A folder that is not there has none. */
export async function markdownIn(given: { readonly folder: string; readonly of: string }): Promise<readonly string[]> {
  const { folder, of } = given;
  try {
    return (await readdir(folder)).flatMap((entry) => (entry.endsWith('.md') ? [entry.slice(0, -3)] : [])).toSorted();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw new Fault({
      code: 'config',
      message: `${folder} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: `expected a folder of ${of}, NAME.md each`,
      cause,
    });
  }
}
