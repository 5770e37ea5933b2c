// A newer git (2.55 at the latest) that looks at which commit a submodule is reads the submodule's own configuration, with all
// that it includes: what a worker wrote there, be it a pipe. So that is read without git, and git looks at an index which says it.
import { existsSync } from 'node:fs';
import { rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { Git } from '../git.ts';
import { entryAt } from './git-files.ts';
import { copyIndex, timeOf } from './index-copy.ts';
import { hasLinks, withLinksAt } from './index-file.ts';
import { gitFolderAt, nestedBudget, nestedCommit, realPath, type NestedBudget } from './nested.ts';
import { inside, raw, type Site } from './record.ts';

/** Are there links to other repositories in the reader's index or in the worker's? Also true where that cannot be told. */
export function mayHaveLinks(site: Site): boolean {
  const indexes = [join(site.reader, 'index'), join(site.path, '.git/index')];
  return indexes.some((index) => existsSync(index) && hasLinks({ index, idBytes: site.base.length / 2 }) !== false);
}

/**
 * A few submodules may have very many references each, and nothing else is done while they are read. A worker's links may all
 * lead to the same large files.
 */
const togetherTimes = 16;

/**
 * Gives an index that differs from the given one only in links: each whose repository stands in the folder (bytes) is at the
 * commit that is checked out there, and git does not look into it. It is gone afterwards.
 */
export async function besideLinks<T>(
  git: Git,
  given: { readonly site: Site; readonly folder: string; readonly index: string },
  use: (index: string) => Promise<T>,
): Promise<T> {
  const { site, folder, index } = given;
  const top = realPath(folder);
  const { bytes, lines, entries } = nestedBudget();
  const budget = { bytes: bytes * togetherTimes, lines: lines * togetherTimes, entries };
  const commitAt = (path: string, commit: string): string | null => {
    const place = `${folder}/${path}`;
    // Below a symbolic link git does not look.
    if (top === null || realPath(place) !== `${top}/${path}` || entryAt(raw(`${place}/.git`)) === null) return null;
    return checkedOut(site, { folder: place, budget }) ?? commit;
  };
  const idBytes = site.base.length / 2;
  const copy = `${index}-${crypto.randomUUID()}`;
  try {
    const seconds = existsSync(index) ? await timeOf(index) : 0;
    const file = hasLinks({ index, idBytes }) === null && existsSync(index) ? await plainCopy(git, { site, index, copy }) : index;
    const changed = withLinksAt({ file, idBytes, commitAt });
    if (changed === null) return await use(index);
    await writeFile(copy, changed);
    await utimes(copy, seconds, seconds);
    return await use(copy);
  } finally {
    await rm(copy, { force: true });
  }
}

/** In the version of the format that is read here (`feature.manyFiles` has another one). */
async function plainCopy(
  git: Git,
  { site, index, copy }: { readonly site: Site; readonly index: string; readonly copy: string },
): Promise<string> {
  await copyIndex(index, copy);
  const at = inside(site);
  const { ok } = await git.run({ ...at, env: { ...at.env, GIT_INDEX_FILE: copy }, args: ['update-index', '--index-version', '2'] });
  // What is wrong with the index itself is told by the git that is to use it.
  return ok ? copy : index;
}

/** Null: none that can be read. The removal of the site says why. Faults: `worktree-failed`, where all of them together are too much. */
function checkedOut(site: Site, { folder, budget }: { readonly folder: string; readonly budget: NestedBudget }): string | null {
  try {
    const gitFolder = gitFolderAt(site, folder, budget);
    return gitFolder === null ? null : nestedCommit(gitFolder, budget);
  } catch (error) {
    if (error instanceof Fault && Object.values(budget).every((left) => left >= 0)) return null;
    throw error;
  }
}
