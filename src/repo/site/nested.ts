// Repositories inside a checkout, a worker's own or submodules: found and read without running git in them.
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { isWithin } from '../registry.ts';
import { entryAt, lookBudget, mostEntries, oddity, textWithin, type Budget, type Room } from './git-files.ts';
import { headBranch, headCommit, refTip } from './git-refs.ts';
import { latin1, raw, unreadable, type Site } from './record.ts';

/** The limit for several of them together. */
export type NestedBudget = Budget & Room;

/** The limit for one of them. */
export function nestedBudget(): NestedBudget {
  return { ...lookBudget(), entries: mostEntries };
}

/**
 * The git folder of a nested repository, if it is inside the checkout. Paths are bytes, one character each. Faults:
 * `worktree-failed` if it cannot be read without following what a worker wrote.
 */
export function gitFolderAt(site: Site, folder: string, budget = nestedBudget()): string | null {
  const dotGit = raw(`${folder}/.git`);
  const facts = entryAt(dotGit);
  if (facts === null) return null;
  const pointer = facts.isFile() ? /^gitdir: (.+)\n?$/.exec(textWithin(dotGit, budget) ?? '')?.[1] : '.git';
  if (pointer === undefined) return null;
  const real = realPath(resolve(folder, pointer));
  // A repository outside of the checkout is none of this task's.
  if (real === null || !isFolder(real) || !isWithin(latin1(site.path), real)) return null;
  const odd = oddity(raw(real), budget);
  if (odd === null) return real;
  throw unreadable(site.path, odd, 'remove it, or save what you need from there yourself');
}

/** In bytes; null if nothing is there. */
export function realPath(path: string): string | null {
  try {
    // The non-native realpath would treat a path of bytes as text.
    return realpathSync.native(raw(path), 'latin1');
  } catch {
    return null;
  }
}

/** The commit that is checked out in a nested repository, read without running git there; null if none can be read. */
export function nestedCommit(gitFolder: string, budget: Budget = lookBudget()): string | null {
  const folder = raw(gitFolder);
  const branch = headBranch(folder, budget);
  return branch === null ? headCommit(folder, budget) : refTip(folder, `refs/heads/${branch}`, budget);
}

export function isFolder(path: string): boolean {
  return entryAt(raw(path))?.isDirectory() === true;
}
