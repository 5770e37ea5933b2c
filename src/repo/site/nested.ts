// Repositories inside a checkout, a worker's own or submodules: found and read without running git in there.
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { isWithin } from '../registry.ts';
import { entryAt, fileText, oddity } from './git-files.ts';
import { headBranch, headCommit, refTip } from './git-refs.ts';
import { latin1, raw, unreadable, type Site } from './record.ts';

/**
 * A nested repository's git folder, where there is one within the checkout. Paths are bytes, one character each.
 * Faults: `worktree-failed`, where it cannot be read without following what a worker wrote.
 */
export function gitFolderAt(site: Site, folder: string): string | null {
  const mark = raw(`${folder}/.git`);
  const facts = entryAt(mark);
  if (facts === null) return null;
  const pointer = facts.isFile() ? /^gitdir: (.+)\n?$/.exec(fileText(mark) ?? '')?.[1] : '.git';
  if (pointer === undefined) return null;
  const real = realPath(resolve(folder, pointer));
  // Somebody else's repository is none of this task's.
  if (real === null || !isFolder(real) || !isWithin(latin1(site.path), real)) return null;
  const odd = oddity(raw(real));
  if (odd === null) return real;
  throw unreadable(site.path, odd, 'take it away, or save what you need from there yourself');
}

/** In bytes; null: there is nothing. */
export function realPath(path: string): string | null {
  try {
    // The other one takes a path of bytes for text.
    return realpathSync.native(raw(path), 'latin1');
  } catch {
    return null;
  }
}

/** The commit that is checked out in a nested repository, read without running git in there; null: none that can be read. */
export function nestedCommit(gitFolder: string): string | null {
  const branch = headBranch(raw(gitFolder));
  return branch === null ? headCommit(raw(gitFolder)) : refTip(raw(gitFolder), `refs/heads/${branch}`);
}

export function isFolder(path: string): boolean {
  return entryAt(raw(path))?.isDirectory() === true;
}
