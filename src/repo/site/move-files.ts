// Moves the files of a checkout from one commit to another, which only differ from each other, and not from the checkout.
// The site's record says so while it happens: whatever ends us in between, the next look at the site puts the files back, so
// that a state in between never counts as a worker's changes.
import { join } from 'node:path';
import { nullFor } from '../../core/fault.ts';
import type { Git } from '../git.ts';
import { gitReason } from '../git-reason.ts';
import { entryAt } from './git-files.ts';
import { refTip } from './git-refs.ts';
import { withoutLargeFiles } from './large-files.ts';
import { moveBranch } from './leftovers.ts';
import { writeIndexCommit } from './make.ts';
import { amiss, inside, latin1, raw, siteAt, stopped, through, unreadable, writeRecord, type Site } from './record.ts';
import { indexAt, nowhere, shown } from './tree.ts';

interface Moving {
  readonly site: Site;
  readonly from: string;
  readonly to: string;
}

/** Moves the checkout and its branch. Returns why that is not possible, or null; then everything is as before. */
export async function moveFiles(git: Git, given: Moving): Promise<string | null> {
  const { site, to } = given;
  const why = await writeFiles(git, given);
  if (why === null) await moveBranch(git, { site, commit: to });
  writeRecord(site);
  return why;
}

/**
 * Moves the files and the reader's index alone; `to` may be a tree. The record then still says that the site is being moved,
 * until the caller writes it. Returns why that is not possible, or null; then everything is as before.
 */
export async function writeFiles(git: Git, { site, from, to }: Moving): Promise<string | null> {
  const obstacle = await inTheWay(git, { site, from, to });
  if (obstacle !== null) return obstacle;
  writeRecord({ ...site, moving: { from, to } });
  const ask = (args: readonly string[]) => git.run(withoutLargeFiles({ ...through(site), args }));
  // Git takes a file for changed until it has compared it; looking at the checkout leaves the index as it was.
  await ask(['update-index', '-q', '--ignore-submodules', '--refresh']);
  writeIndexCommit(site, nowhere);
  const moved = await ask(['read-tree', '-m', '-u', from, to]);
  if (moved.ok) return null;
  if (moved.aborted) throw stopped();
  // Git checks whether anything is in the way before it writes the first file. If it failed halfway, the committed files are
  // written again.
  await ask(['checkout-index', '--force', '--all', '--quiet']);
  return gitReason(moved);
}

/** What keeps the files from being moved: a file that would be lost, or a submodule. */
async function inTheWay(git: Git, { site, from, to }: Moving): Promise<string | null> {
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--ignore-submodules=none', from, to];
  const listed = await git.text({ ...inside(site), cwd: latin1(site.reader), args, kind: 'read', bytes: true });
  const fields = listed.split('\0');
  const changes = fields.flatMap((field, at) => (field.startsWith(':') ? [{ how: field, path: fields[at + 1] ?? '' }] : []));
  const stands = (path: string): boolean => entryAt(raw(`${latin1(site.path)}/${path}`)) !== null;
  for (const { how, path } of changes) {
    // Its repository is the worker's, so no git of ours moves it; and left where it is, it would count as a change of the
    // worker's, back to the old commit.
    const isModule = how.startsWith(':160000') || how.slice(1).split(' ')[1] === '160000';
    if (isModule && stands(`${path}/.git`)) return `the submodule ${shown(path)} would have to be moved in the checkout`;
    if (!isModule && how.startsWith(':000000') && stands(path)) return `the untracked file ${shown(path)} is in the way`;
  }
  return null;
}

/** The site after a move that was cut off, if there was one, is undone or concluded. */
export async function settleMove(git: Git, site: Site): Promise<Site> {
  if (site.moving === undefined) return site;
  const { moving, ...settled } = site;
  const { from, to } = moving;
  if (refTip(join(site.path, '.git'), `refs/heads/${latin1(site.branch)}`) === to) {
    await indexAt(git, settled, to);
    await moveBranch(git, { site: settled, commit: to });
  } else await putBack(git, { site: settled, from, to });
  writeRecord(settled);
  return settled;
}

/** The same before a removal, as far as it is possible: half a move would be saved as if it were somebody's work. */
export async function settleLeft(git: Git, path: string): Promise<void> {
  const site = siteAt(path);
  if (site?.moving === undefined || amiss(site) !== null) return;
  await settleMove(git, site).catch(nullFor('worktree-failed', 'git-failed'));
}

/** Files that only the other state has are deleted: they were not there before. */
async function putBack(git: Git, { site, from, to }: Moving): Promise<void> {
  writeIndexCommit(site, nowhere);
  for (const args of [
    ['read-tree', '--reset', to],
    ['read-tree', '--reset', '-u', from],
  ]) {
    const answer = await git.run(withoutLargeFiles({ ...through(site), args }));
    if (answer.aborted) throw stopped();
    if (!answer.ok) throw unreadable(site.path, gitReason(answer), answer.obstacle?.hint);
  }
  await moveBranch(git, { site, commit: from });
}
