// A linked worktree whose folder was deleted, while the repository still has its records: what only these hold (a
// detached HEAD, what was staged) is to be saved like that of any other. So its folder is put back for the removal.
import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Git } from '../git.ts';
import { linkedWorktrees } from '../registry.ts';
import { onIndexCopy } from './index-copy.ts';
import { withoutLargeFiles } from './large-files.ts';
import { checkoutPath, siteAt, through } from './record.ts';

/** Puts back the folder, with nothing in it but the way to its records; answers whether there was one to put back. */
export function putBackLinked(given: { readonly common: string; readonly path: string }): boolean {
  const path = checkoutPath(given.path);
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined || siteAt(path) !== null) return false;
  const linked = linkedWorktrees(given.common).find((one) => one.path === path);
  // With a lock it may only not be mounted now.
  if (linked === undefined || lstatSync(join(linked.admin, 'locked'), { throwIfNoEntry: false }) !== undefined) return false;
  mkdirSync(path, { recursive: true, mode: 0o700 });
  writeFileSync(join(path, '.git'), `gitdir: ${linked.admin}\n`);
  return true;
}

/** Its files as they were staged, once it is a site: deleted ones would pass for its work. */
export async function fillFromIndex(git: Git, path: string): Promise<void> {
  const site = siteAt(path);
  if (site === null) return;
  await onIndexCopy(site, (copy) => git.run(withoutLargeFiles({ ...through(site, copy), args: ['checkout-index', '--all', '--quiet'] })));
}
