// A linked worktree whose folder was deleted may still have records in the repository. Work that only these hold (a
// detached HEAD, staged files) has to be saved like that of any other worktree, so its folder is put back for the removal.
import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Git } from '../git.ts';
import { linkedWorktrees } from '../registry.ts';
import { onIndexCopy } from './index-copy.ts';
import { withoutLargeFiles } from './large-files.ts';
import { checkoutPath, siteAt, through } from './record.ts';

/**
 * Puts the folder back, with nothing in it but the `.git` file that leads to its records. Returns whether there was one
 * to put back.
 */
export function putBackLinked(given: { readonly common: string; readonly path: string }): boolean {
  const path = checkoutPath(given.path);
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined || siteAt(path) !== null) return false;
  const linked = linkedWorktrees(given.common).find((one) => one.path === path);
  // A locked worktree may just not be mounted at the moment.
  if (linked === undefined || lstatSync(join(linked.admin, 'locked'), { throwIfNoEntry: false }) !== undefined) return false;
  mkdirSync(path, { recursive: true, mode: 0o700 });
  writeFileSync(join(path, '.git'), `gitdir: ${linked.admin}\n`);
  return true;
}

/** Once it is a site, restores its files as they were staged; otherwise they would count as deleted by the worker. */
export async function fillFromIndex(git: Git, path: string): Promise<void> {
  const site = siteAt(path);
  if (site === null) return;
  await onIndexCopy(site, (copy) => git.run(withoutLargeFiles({ ...through(site, copy), args: ['checkout-index', '--all', '--quiet'] })));
}
