// Delivers a branch: never forced, no upstream configured, the user's pre-push hook heeded. When somebody else pushed
// to the branch meanwhile, ours is rebased on it once. Pushed means that the remote was asked afterwards and has it.
import type { PushResult } from '../ports/repo.ts';
import { Fault } from '../core/fault.ts';
import { fetchBranch, fetchedRefs } from './fetch.ts';
import type { Git } from './git.ts';
import { readPushAnswer } from './push-answer.ts';
import type { PushAnswer } from './push-answer.ts';
import { rebaseOnto } from './rebase.ts';
import { commonFolder, shared } from './registry.ts';
import { remoteHeads } from './remote-heads.ts';
import { remoteNames } from './describe.ts';
import type { Turns } from './turns.ts';

interface Delivery {
  readonly common: string;
  readonly worktree: string;
  readonly branch: string;
  readonly remote: string;
}

export async function pushBranch(
  git: Git,
  given: { readonly turns: Turns; readonly worktree: string; readonly branch: string; readonly remote: string },
): Promise<PushResult> {
  const { turns, worktree, branch, remote } = given;
  const common = await commonFolder(git, worktree);
  if (!(await remoteNames(git, common)).includes(remote)) return failed('unreachable', `there is no remote called ${remote}`);
  const delivery = { common, worktree, branch, remote };
  const first = await pushOnce(git, delivery);
  if (first.came === 'pushed') return verify(git, delivery);
  if (first.came !== 'outdated') return failed(first.came, first.message);

  const obstacle = await catchUp(git, { ...delivery, turns });
  if (obstacle !== null) return obstacle;
  const second = await pushOnce(git, delivery);
  if (second.came === 'pushed') return verify(git, delivery);
  return second.came === 'outdated'
    ? failed('refused', `${branch} at ${remote} moved again during the push`)
    : failed(second.came, second.message);
}

async function pushOnce(git: Git, delivery: Delivery): Promise<PushAnswer> {
  const { worktree, branch, remote } = delivery;
  const args = ['push', '--porcelain', '--no-follow-tags', '--', remote, `${await tip(git, delivery)}:refs/heads/${branch}`];
  return readPushAnswer(await git.run({ cwd: worktree, args, kind: 'push' }));
}

async function catchUp(git: Git, given: Delivery & { readonly turns: Turns }): Promise<PushResult | null> {
  const { common, worktree, branch, remote } = given;
  try {
    const theirs = await fetchBranch(git, given);
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

async function verify(git: Git, delivery: Delivery): Promise<PushResult> {
  const { common, branch, remote } = delivery;
  const ref = `refs/heads/${branch}`;
  const commit = await tip(git, delivery);
  for (const place of await remoteHeads(git, { common, remote, branch })) {
    if (place.failure !== null)
      return failed('unreachable', `the push was accepted, but ${remote} could not be asked for it: ${place.failure}`);
    const found = place.heads.get(ref);
    if (found !== commit)
      return failed(
        'refused',
        `the push was accepted, but ${branch} at ${remote} is ${found === undefined ? 'not there' : `at ${found}`} instead of ${commit}`,
      );
  }
  return { pushed: true, commit, ref };
}

async function tip(git: Git, delivery: Delivery): Promise<string> {
  const commit = await git.maybe({
    ...shared(delivery.common),
    args: ['rev-parse', '--verify', '--quiet', `refs/heads/${delivery.branch}^{commit}`],
    kind: 'read',
  });
  if (commit !== null) return commit;
  throw new Fault({
    code: 'worktree-failed',
    message: `there is no local branch ${delivery.branch} to push`,
    hint: 'look at what the agent did with its branch',
  });
}

function failed(why: 'refused' | 'unreachable', message: string): PushResult {
  return { pushed: false, why, message };
}
