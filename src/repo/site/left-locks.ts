// A worker that was killed in the middle of a git command leaves a lock that nobody will ever release, and every later
// attempt in its site would fail at it. Once the worker has ended completely, locks that were made in its own repository
// during its time have no owner.
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { linkOf } from './adopt.ts';
import { below, filesBelow } from './git-files.ts';
import { headBranch } from './git-refs.ts';
import { amiss, siteAt } from './record.ts';

/** In milliseconds: how much the file system's clock and ours may differ. */
const slack = 1000;

/** Returns the paths of the removed locks. */
export function takeLeftLocks(given: { readonly worktree: string; readonly since: number }): readonly string[] {
  const taken = lockPlaces(given.worktree).filter((lock) => {
    const facts = lstatSync(lock, { throwIfNoEntry: false });
    return facts?.isFile() === true && facts.mtimeMs >= given.since - slack;
  });
  for (const lock of taken) rmSync(lock, { force: true });
  return taken.map((lock) => lock.toString());
}

/** As bytes, because a worker may give its references any names. */
function lockPlaces(worktree: string): readonly Buffer[] {
  const site = siteAt(worktree);
  if (site === null) return linkedPlaces(worktree);
  if (amiss(site) !== null) return [];
  const gitFolder = join(site.path, '.git');
  const refs = filesBelow(join(gitFolder, 'refs')).map((name) => `refs/${name}`);
  return [...locksIn(gitFolder), ...refs.filter(isLock).map((name) => below(gitFolder, name))];
}

/**
 * In a linked worktree of an older version, the locks are in the person's repository: at the worktree's own records and
 * its own branch.
 */
function linkedPlaces(worktree: string): readonly Buffer[] {
  const link = linkOf(worktree);
  if (link === null) return [];
  const branch = headBranch(link.admin);
  return [...locksIn(link.admin), ...(branch === null ? [] : [below(link.common, `refs/heads/${branch}.lock`)])];
}

function locksIn(folder: string): readonly Buffer[] {
  return readdirSync(folder, 'latin1')
    .filter(isLock)
    .map((name) => below(folder, name));
}

function isLock(name: string): boolean {
  return name.endsWith('.lock');
}
