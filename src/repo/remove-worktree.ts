// Takes a worktree away, after the proof that nothing is lost by it. What is removed must be registered in this
// repository as a linked worktree, at exactly this path; the main worktree, a folder around it, a link to it or a
// stranger's folder is refused and left alone.
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { forget } from './add-worktree.ts';
import { deleteFolder } from './delete-folder.ts';
import type { Git } from './git.ts';
import { preserve } from './preserve.ts';
import type { PreserveGiven } from './preserve.ts';
import { branchAt, branchTip, canonical, isWithin, linkAt, linkedWorktrees, none, shared } from './registry.ts';
import type { Linked } from './registry.ts';
import type { Reach } from './remote-address.ts';
import { removeClean } from './remove-clean.ts';
import type { Turns } from './turns.ts';

export interface RemoveGiven {
  readonly turns: Turns;
  readonly common: string;
  readonly root: string;
  readonly path: string;
  /** Null: a worktree without a branch of its own. */
  readonly branch: string | null;
  readonly attempt: string;
  readonly remote: string | null;
  readonly reach: Reach;
  readonly keepBranch: boolean;
  /** The commit of the branch that a remote confirmed to this process; null when none is known. */
  readonly arrived: string | null;
}

export async function removeWorktree(git: Git, given: RemoveGiven): Promise<{ readonly preserved: string | null }> {
  const { turns, common, branch, remote, keepBranch } = given;
  const { linked, stands } = await target(given);
  const tip = branch === null ? null : await branchTip(git, { common, branch });
  const doomed =
    keepBranch || branch === null || tip === null || (await heldElsewhere(git, { common, branch, except: linked }))
      ? null
      : { branch, commit: tip };
  const clean =
    stands && linked !== null && branch !== null && tip !== null
      ? await removeClean(git, {
          linked,
          branch,
          tip,
          arrived: doomed === null && (remote === null || tip === given.arrived),
          proof: { common, remote, reach: given.reach, doomed: doomed?.branch ?? null, kept: null },
        })
      : false;
  const preserved = clean ? null : await removeSaved(git, { ...given, linked, stands, doomed });
  // Only if it is still where it was when it was saved.
  if (doomed !== null) {
    const drop = { ...shared(common), args: ['update-ref', '-d', `refs/heads/${doomed.branch}`, doomed.commit] };
    await turns.alone(common, () => git.text(drop));
  }
  return { preserved };
}

/** The long way: whatever is not safe elsewhere is saved, and then the folder goes. */
async function removeSaved(git: Git, given: RemoveGiven & Pick<PreserveGiven, 'linked' | 'stands' | 'doomed'>): Promise<string | null> {
  const { turns, common, linked } = given;
  const preserved = await preserve(git, given).catch((cause: unknown) => {
    throw notPreserved(given.path, cause);
  });
  if (linked === null) return preserved;
  // The folder first: a removal that is cut off leaves the registration, and can be repeated.
  await deleteFolder(linked.path);
  await turns.alone(common, () => unregister(git, { common, path: linked.path }));
  return preserved;
}

/** What there is to remove. Faults: `not-a-worktree`. */
async function target(given: RemoveGiven): Promise<{ linked: Linked | null; stands: boolean }> {
  const { common, path } = given;
  const there = await lstat(path).catch(none);
  const place = canonical(path);
  const linked = linkedWorktrees(common).find((one) => one.path === place) ?? null;
  if (there === null) return { linked, stands: false };
  if (linked === null) throw notOurs(path, 'it is not registered as a worktree of this repository');
  if (!there.isDirectory()) throw notOurs(path, 'it is not a folder');
  // A registration can be forged or damaged; these two hold in any case.
  for (const inside of [common, canonical(given.root)]) {
    if (isWithin(place, inside)) throw notOurs(path, `${inside} is inside it`);
  }
  const pointer = join(place, '.git');
  const own = await lstat(pointer).catch(none);
  if (own !== null && linkAt(place)?.admin !== linked.admin) {
    // An agent made a repository of its own here, whose commits nothing else has.
    throw notPreserved(path, new Error(`${pointer} is not the one that the worktree was made with`));
  }
  return { linked, stands: true };
}

/** Is the branch checked out in the main worktree or in another linked one? Then it is not ours to delete. */
async function heldElsewhere(
  git: Git,
  given: { readonly common: string; readonly branch: string; readonly except: Linked | null },
): Promise<boolean> {
  const { common, branch, except } = given;
  const others = linkedWorktrees(common)
    .filter((one) => one.admin !== except?.admin)
    .map((one) => one.admin);
  for (const folder of [common, ...others]) if ((await branchAt(git, folder)) === branch) return true;
  return false;
}

async function unregister(git: Git, given: { readonly common: string; readonly path: string }): Promise<void> {
  const answer = await forget(git, given);
  if (answer === null || answer.ok) return;
  throw new Fault({
    code: 'worktree-failed',
    message: `${given.path} is gone, but its registration could not be removed`,
    hint: answer.obstacle?.hint ?? 'run git worktree prune',
    data: { stderr: answer.stderr.slice(-4000) },
  });
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
