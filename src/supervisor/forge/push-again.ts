// Pushes delivered work again whose branch is gone from the remote: a person deleted it, and no pull request can be opened
// without it. The branch is made only if there is none, so nothing of anybody's is overwritten.
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { worktreeName } from '../../core/task/folder-names.ts';
import { branchedSite } from '../../core/task/site.ts';
import type { Settings } from '../../core/settings.ts';
import type { Task } from '../../core/task/task.ts';
import type { HeadPush } from '../../ports/repo-updates.ts';
import { clearWorktree } from '../reap/clear.ts';
import { whileHeld } from '../reap/holds.ts';
import type { World } from '../world.ts';
import { obstacles, passing } from './update.ts';

export type PushedAgain =
  | { readonly is: 'pushed' }
  /** The branch is at the remote. */
  | { readonly is: 'there' }
  /** Another process works on the task, or somebody made the branch just now: the next round sees what there is then. */
  | { readonly is: 'busy' }
  /** Only a person can do something about it. */
  | { readonly is: 'lost'; readonly message: string };

interface Given {
  readonly task: Task;
  readonly settings: Settings;
  readonly branch: string;
  readonly commit: string;
  readonly base: string;
  readonly signal: AbortSignal;
}

/** Faults: `unreachable`, and others that may be over in the next round. */
export async function pushAgain(world: World, given: Given): Promise<PushedAgain> {
  const { task, settings, branch, signal } = given;
  const { remote } = settings.delivery;
  if ((await world.repo.within(signal).branchAt({ root: task.repo, remote, branch })) !== null) return { is: 'there' };
  let pushed: PushedAgain = { is: 'busy' };
  try {
    await whileHeld(world, { task, holder: world.holder, what: 'following' }, async (now) => {
      pushed = after(await pushFromSite(world, { ...given, task: now }), remote);
    });
  } catch (error) {
    if (!(error instanceof Fault) || !obstacles.includes(error.code)) throw error;
    return { is: 'lost', message: error.message };
  }
  return pushed;
}

function after(push: HeadPush, remote: string): PushedAgain {
  if (push.pushed) return { is: 'pushed' };
  if (push.why === 'moved') return { is: 'busy' };
  if (push.why === 'refused') return { is: 'lost', message: push.message };
  throw new Fault({ code: 'unreachable', message: push.message, hint: `check the network and the remote: git ls-remote ${remote}` });
}

/** The task's own site has the commit; without one, a site is made from what is left of it in the repository. */
async function pushFromSite(world: World, given: Given): Promise<HeadPush> {
  const { task, settings, branch, commit, base, signal } = given;
  const { remote } = settings.delivery;
  const repo = world.repo.within(signal);
  const push = (worktree: string): Promise<HeadPush> => repo.pushHead({ worktree, remote, commit, lease: null, accept: false });
  const site = branchedSite(task);
  if (site?.branch === branch && (await repo.hasSite({ path: site.checkout, branch }))) return push(site.checkout);
  const path = join(world.folders.worktrees, worktreeName({ task, attempt: passing }));
  await repo.siteFrom({ root: task.repo, path, branch, commit, remote, defaultBranch: base });
  try {
    return await push(path);
  } finally {
    await clearWorktree(world, { task, path, branch, keepBranch: true, signal });
  }
}
