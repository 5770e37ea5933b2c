// Delivers a branch: never forced, no upstream configured, the user's pre-push hook heeded. When somebody else pushed
// to the branch meanwhile, ours is rebased on it once. Pushed means that the remote, each place of it, said so of this
// very reference.
import type { PushResult } from '../ports/repo.ts';
import { Fault } from '../core/fault.ts';
import { fetchBranch, fetchedRefs } from './fetch.ts';
import type { Git } from './git.ts';
import { readPushAnswer } from './push-answer.ts';
import type { PushAnswer } from './push-answer.ts';
import { rebaseOnto } from './rebase.ts';
import { branchTip, linkAt, shared } from './registry.ts';
import { reaching } from './remote-address.ts';
import type { Reach } from './remote-address.ts';
import type { Turns } from './turns.ts';

export interface PushGiven {
  readonly turns: Turns;
  readonly worktree: string;
  readonly branch: string;
  readonly remote: string;
  /** The remotes that the repository with this common folder has. */
  readonly remotes: (common: string) => Promise<readonly string[]>;
  /** Where the remote is, of the repository with this common folder. */
  readonly reach: (common: string) => Reach;
}

type Delivery = Omit<PushGiven, 'reach'> & { readonly common: string; readonly reach: Reach };

export async function pushBranch(git: Git, given: PushGiven): Promise<PushResult & { readonly common: string }> {
  const { worktree, branch, remote } = given;
  const link = linkAt(worktree);
  if (link === null) {
    throw new Fault({
      code: 'worktree-failed',
      message: `there is no worktree at ${worktree} to push from`,
      hint: `what was committed is on the branch ${branch}, if its repository still stands`,
    });
  }
  const { common } = link;
  // Git would take the name of no remote for a folder.
  if (!(await given.remotes(common)).includes(remote)) return { ...failed('unreachable', `there is no remote called ${remote}`), common };
  return { ...(await pushTwice(git, { ...given, common, reach: given.reach(common) })), common };
}

async function pushTwice(git: Git, delivery: Delivery): Promise<PushResult> {
  const { branch, remote } = delivery;
  const first = await pushOnce(git, delivery);
  if (first.came !== 'outdated') return resultOf(delivery, first);
  const obstacle = await catchUp(git, delivery);
  if (obstacle !== null) return obstacle;
  const second = await pushOnce(git, delivery);
  return second.came === 'outdated' ? failed('refused', `${branch} at ${remote} moved again during the push`) : resultOf(delivery, second);
}

type Pushed = Exclude<PushAnswer, { came: 'pushed' }> | { readonly came: 'pushed'; readonly commit: string };

function resultOf(delivery: Delivery, answer: Exclude<Pushed, { came: 'outdated' }>): PushResult {
  return answer.came === 'pushed'
    ? { pushed: true, commit: answer.commit, ref: `refs/heads/${delivery.branch}` }
    : failed(answer.came, answer.message);
}

async function pushOnce(git: Git, delivery: Delivery): Promise<Pushed> {
  const { worktree, branch, remote } = delivery;
  const commit = await tip(git, delivery);
  const ref = `refs/heads/${branch}`;
  const args = ['push', '--porcelain', '--no-follow-tags', '--', remote, `${commit}:${ref}`];
  const call = reaching({ cwd: worktree, args, kind: 'push' }, await delivery.reach(remote));
  const answer = readPushAnswer({ ref, answer: await git.run(call) });
  return answer.came === 'pushed' ? { ...answer, commit } : answer;
}

async function catchUp(git: Git, given: Delivery): Promise<PushResult | null> {
  const { common, worktree, branch, remote } = given;
  try {
    const theirs = await fetchBranch(git, given);
    if (!(await sharesWork(git, { ...given, theirs }))) {
      return failed('refused', `${branch} at ${remote} is somebody else's: none of our commits is in it; rename or delete it there`);
    }
    const why = await rebaseOnto(git, { worktree, branch, onto: theirs });
    return why === null
      ? null
      : failed('refused', `${branch} at ${remote} has other commits, and ours could not be put on top of them: ${why}`);
  } catch (error) {
    if (error instanceof Fault && error.code === 'fetch-failed') return failed('unreachable', error.message);
    throw error;
  } finally {
    // What was fetched of a default branch stays as proof of what the remote has; this one would only pile up.
    await git.run({ ...shared(common), args: ['update-ref', '-d', fetchedRefs(remote) + branch] });
  }
}

/** Have both sides a commit in common that the branches which we start from do not have? Else only the name is the same. */
async function sharesWork(git: Git, given: Delivery & { readonly theirs: string }): Promise<boolean> {
  const { common, branch, remote, theirs } = given;
  const at = shared(common);
  const meeting = await git.maybe({ ...at, args: ['merge-base', `refs/heads/${branch}`, theirs], kind: 'read' });
  if (meeting === null) return false;
  const starts = [`--exclude=${fetchedRefs(remote)}${branch}`, `--glob=${fetchedRefs(remote)}*`];
  return (await git.text({ ...at, args: ['rev-list', '--max-count=1', meeting, '--not', ...starts], kind: 'read' })) !== '';
}

async function tip(git: Git, delivery: Delivery): Promise<string> {
  const commit = await branchTip(git, delivery);
  if (commit !== null) return commit;
  throw new Fault({
    code: 'worktree-failed',
    message: `there is no local branch ${delivery.branch} to push`,
    hint: 'look at what the agent did with its branch',
  });
}

function failed(why: 'refused' | 'unreachable', message: string): Extract<PushResult, { pushed: false }> {
  return { pushed: false, why, message };
}
