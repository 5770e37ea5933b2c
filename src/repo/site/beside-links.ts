// To find out at which commit a submodule is, a recent git (at least 2.55) reads the submodule's own configuration, with
// all files that it includes: anything that a worker wrote there, even a pipe. So we read the commit without git, and give
// git an index that contains it.
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

/**
 * Whether the reader's index or the worker's contains links to other repositories; also true if that cannot be
 * determined.
 */
export function mayHaveLinks(site: Site): boolean {
  const indexes = [join(site.reader, 'index'), join(site.path, '.git/index')];
  return indexes.some((index) => existsSync(index) && hasLinks({ index, idBytes: site.base.length / 2 }) !== false);
}

/**
 * A few submodules may have very many references each, and reading them blocks everything else. A worker may also make
 * all links lead to the same large files.
 */
const togetherTimes = 16;

/**
 * Gives `use` an index that differs from the given one only in links: each link whose repository is in the folder (bytes)
 * is at the commit that is checked out there, and git does not look into it. The index is deleted afterwards.
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
    // Git does not look below a symbolic link.
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

/** Converts the index to a version of the format that can be read here (`feature.manyFiles` uses another one). */
async function plainCopy(
  git: Git,
  { site, index, copy }: { readonly site: Site; readonly index: string; readonly copy: string },
): Promise<string> {
  await copyIndex(index, copy);
  const at = inside(site);
  const { ok } = await git.run({ ...at, env: { ...at.env, GIT_INDEX_FILE: copy }, args: ['update-index', '--index-version', '2'] });
  // If the index itself is broken, the git that uses it reports that.
  return ok ? copy : index;
}

/**
 * Null if there is no readable commit; the removal of the site then says why. Faults: `worktree-failed` if all of them
 * together are too much to read.
 */
function checkedOut(site: Site, { folder, budget }: { readonly folder: string; readonly budget: NestedBudget }): string | null {
  try {
    const gitFolder = gitFolderAt(site, folder, budget);
    return gitFolder === null ? null : nestedCommit(gitFolder, budget);
  } catch (error) {
    if (error instanceof Fault && Object.values(budget).every((left) => left >= 0)) return null;
    throw error;
  }
}
