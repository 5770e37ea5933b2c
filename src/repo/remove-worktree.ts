// Takes a worktree away, after the proof that nothing is lost by it. What is removed must be registered in this
// repository as a linked worktree, at exactly this path; the main worktree, a folder around it, a link to it or a
// stranger's folder is refused and left alone.
import { chmod, lstat, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { forget } from './add-worktree.ts';
import type { Git } from './git.ts';
import { preserve } from './preserve.ts';
import { canonical, commonFolder, isWithin, linkedWorktrees, none, shared } from './registry.ts';
import type { Linked } from './registry.ts';
import type { Turns } from './turns.ts';

export interface RemoveGiven {
  readonly turns: Turns;
  readonly root: string;
  readonly path: string;
  readonly branch: string;
  readonly attempt: string;
  readonly remote: string | null;
  readonly keepBranch: boolean;
}

export async function removeWorktree(git: Git, given: RemoveGiven): Promise<{ readonly preserved: string | null }> {
  const { turns, root, path, branch, attempt, remote, keepBranch } = given;
  const common = await commonFolder(git, root);
  const { linked, stands } = await target(git, { common, root, path });
  const tip = await git.maybe({
    ...shared(common),
    args: ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}^{commit}`],
    kind: 'read',
  });
  const doomed = keepBranch || tip === null || (await heldElsewhere({ common, branch, except: linked })) ? null : { branch, commit: tip };
  const preserved = await preserve(git, { common, linked, stands, attempt, remote, doomed }).catch((cause: unknown) => {
    throw notPreserved(path, cause);
  });
  // The folder first: a removal that is cut off leaves the registration, and can be repeated.
  if (linked !== null) await deleteFolder(linked.path);
  await turns.alone(common, async () => {
    if (linked !== null) await unregister(git, { common, path: linked.path });
    // Only if it is still where it was when it was saved.
    if (doomed !== null) await git.text({ ...shared(common), args: ['update-ref', '-d', `refs/heads/${branch}`, doomed.commit] });
  });
  return { preserved };
}

/** What there is to remove. Faults: `not-a-worktree`. */
async function target(
  git: Git,
  given: { readonly common: string; readonly root: string; readonly path: string },
): Promise<{ linked: Linked | null; stands: boolean }> {
  const { common, path } = given;
  const there = await lstat(path).catch(none);
  const place = await canonical(path);
  const linked = (await linkedWorktrees(common)).find((one) => one.path === place) ?? null;
  if (there === null) return { linked, stands: false };
  if (linked === null) throw notOurs(path, 'it is not registered as a worktree of this repository');
  if (!there.isDirectory()) throw notOurs(path, 'it is not a folder');
  // A registration can be forged or damaged; these two hold in any case.
  for (const inside of [common, await canonical(given.root)]) {
    if (isWithin(place, inside)) throw notOurs(path, `${inside} is inside it`);
  }
  const pointer = join(place, '.git');
  const own = await lstat(pointer).catch(none);
  if (own !== null && !(own.isFile() && (await pointsTo(git, { place, admin: linked.admin })))) {
    // An agent made a repository of its own here, whose commits nothing else has.
    throw notPreserved(path, new Error(`${pointer} is not the one that the worktree was made with`));
  }
  return { linked, stands: true };
}

async function pointsTo(git: Git, given: { readonly place: string; readonly admin: string }): Promise<boolean> {
  const named = await git.maybe({ cwd: given.place, args: ['rev-parse', '--absolute-git-dir'], kind: 'read' });
  return named !== null && (await canonical(named)) === (await canonical(given.admin));
}

/** Is the branch checked out in the main worktree or in another linked one? Then it is not ours to delete. */
async function heldElsewhere(given: {
  readonly common: string;
  readonly branch: string;
  readonly except: Linked | null;
}): Promise<boolean> {
  const others = (await linkedWorktrees(given.common)).filter((one) => one.admin !== given.except?.admin).map((one) => one.admin);
  for (const folder of [given.common, ...others]) {
    const head = await readFile(join(folder, 'HEAD'), 'utf8').catch(none);
    if (head?.trim() === `ref: refs/heads/${given.branch}`) return true;
  }
  return false;
}

/** `git worktree remove` would refuse a folder whose `.git` is missing, and give up on folders without write permission. */
async function deleteFolder(path: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 3 } as const;
  try {
    await rm(path, options);
  } catch {
    await makeWritable(path);
    await rm(path, options);
  }
}

async function unregister(git: Git, given: { readonly common: string; readonly path: string }): Promise<void> {
  const answer = await forget(git, given);
  if (answer === null || answer.ok) return;
  throw new Fault({
    code: 'worktree-failed',
    message: `${given.path} is gone, but its registration could not be removed`,
    hint: 'run git worktree prune',
    data: { stderr: answer.stderr.slice(-4000) },
  });
}

/** Package caches are full of folders that may not be written to, and then nothing in them can be deleted. */
async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
}

function notOurs(path: string, why: string): Fault {
  return new Fault({
    code: 'not-a-worktree',
    message: `${path} is left alone: ${why}`,
    hint: 'name a worktree that was made here, or delete the folder yourself',
  });
}

function notPreserved(path: string, cause: unknown): Fault {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Fault({
    code: 'not-preserved',
    message: `${path} is kept: its work could not be saved: ${why}`,
    hint: 'save what you need from it, then remove it with git worktree remove --force',
    cause,
  });
}
