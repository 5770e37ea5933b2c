// A sparse checkout leaves out some files, also if the worker made it sparse (`git sparse-checkout set`), and also files
// that came with a merge. The reader's index does not know this of all of them, and they would count as deleted.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Git } from '../git.ts';
import { copyIndex, onIndexCopy } from './index-copy.ts';
import { indexVersion } from './index-file.ts';
import { throughBytes, type Site } from './record.ts';

/**
 * Files that are in the index but not on the disk, because the worker's own index says that they are left out (`git
 * update-index --skip-worktree`). Paths are bytes, one character each.
 */
export async function leftOut(git: Git, { site, index }: { readonly site: Site; readonly index: string }): Promise<ReadonlySet<string>> {
  if (!mayLeaveOut(site)) return new Set();
  const at = throughBytes(site, index);
  const gone = new Set((await git.text({ ...at, args: ['ls-files', '--deleted', '-z'], kind: 'read' })).split('\0'));
  const { without } = await marksOf(git, { site });
  return new Set(without.filter((path) => gone.has(path)));
}

/** Read from the worker's own index, or from another one. */
async function marksOf(git: Git, { site, index = null }: { readonly site: Site; readonly index?: string | null }) {
  const list = (file: string) => git.maybe({ ...throughBytes(site, file), args: ['ls-files', '-t', '-z'], kind: 'read' });
  const listed = await (index === null ? onIndexCopy(site, list) : list(index));
  const entries = (listed ?? '').split('\0');
  const those = (mark: string) => entries.flatMap((entry) => (entry.startsWith(mark) ? [entry.slice(mark.length)] : []));
  return { without: those('S '), with: those('H ') };
}

/**
 * Files that the worker added to its sparse checkout are no longer left out: if they are not on the disk, they were
 * deleted.
 */
export async function unmarkBroughtIn(git: Git, site: Site): Promise<void> {
  if (!site.sparse) return;
  const index = join(site.reader, 'index');
  const { without } = await marksOf(git, { site, index });
  if (without.length === 0) return;
  const theirs = new Set((await marksOf(git, { site })).with);
  const input = without.flatMap((path) => (theirs.has(path) ? [`${path}\0`] : [])).join('');
  if (input !== '') await git.text({ ...throughBytes(site, index), args: ['update-index', '--no-skip-worktree', '-z', '--stdin'], input });
}

function mayLeaveOut(site: Site): boolean {
  return indexVersion(join(site.path, '.git/index')) !== 2;
}

/** Records this in an index, which must not be used for another look, because the worker may have the files by then. */
export async function markLeftOut(git: Git, given: { readonly site: Site; readonly index: string }): Promise<void> {
  const paths = await leftOut(git, given);
  const args = ['update-index', '--skip-worktree', '-z', '--stdin'];
  const input = [...paths].map((path) => `${path}\0`).join('');
  if (paths.size > 0) await git.text({ ...throughBytes(given.site, given.index), args, input });
}

/** Gives `use` a copy of the reader's index with these records. The copy is deleted afterwards. */
export async function besideLeftOut<T>(git: Git, site: Site, use: (index: string) => Promise<T>): Promise<T> {
  const index = join(site.reader, 'index');
  if (!mayLeaveOut(site)) return use(index);
  const copy = join(site.reader, `index-${crypto.randomUUID()}`);
  try {
    await copyIndex(index, copy);
    await markLeftOut(git, { site, index: copy });
    return await use(copy);
  } finally {
    await rm(copy, { force: true });
  }
}
