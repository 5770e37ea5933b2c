// Fetches one branch of a remote, as it is now, into a reference of our own. The user's remote-tracking branches, tags,
// FETCH_HEAD and configuration stay unchanged.
import { Fault } from '../core/fault.ts';
import type { Git } from './git.ts';
import { gitReason } from './git-reason.ts';
import { shared } from './registry.ts';
import { reaching } from './remote-address.ts';
import type { Reach } from './remote-address.ts';
import { stopped } from './site/record.ts';
import type { Turns } from './turns.ts';

/** Under this prefix are the branches that we fetched from a remote, by their names. */
export function fetchedRefs(remote: string): string {
  return `refs/yardmaster/remotes/${remote}/`;
}

interface Fetching {
  readonly turns: Turns;
  readonly common: string;
  readonly remote: string;
  readonly branch: string;
  readonly reach: Reach;
}

/** A branch from which work starts. Returns the commit that it points at. Faults: `fetch-failed`. */
export function fetchBranch(git: Git, given: Fetching): Promise<string> {
  return fetchInto(git, { ...given, ref: fetchedRefs(given.remote) + given.branch });
}

/** Fetches the branch into this reference of ours, and returns its commit. Faults: `fetch-failed`. */
export async function fetchInto(git: Git, given: Fetching & { readonly ref: string }): Promise<string> {
  const { turns, common, remote, branch, ref } = given;
  const args = ['fetch', ...frugal, '--', remote, `+refs/heads/${branch}:${ref}`];
  // Must not run at the same time as `worktree add`, which first writes a HEAD of zeros that a fetch would treat as a
  // broken repository.
  const call = reaching({ ...shared(common), args, kind: 'network' }, await given.reach(remote));
  const fetched = await turns.alone(common, () => git.run(call));
  if (fetched.aborted) throw stopped();
  if (!fetched.ok) {
    throw new Fault({
      code: fetched.obstacle?.code ?? 'fetch-failed',
      message: `${branch} could not be fetched from ${remote}: ${gitReason(fetched)}`,
      hint: /couldn't find remote ref/.test(fetched.stderr)
        ? `push ${branch} to ${remote} first, or set delivery.base or delivery.remote`
        : (fetched.obstacle?.hint ?? 'check the network and the remote'),
      data: { remote, branch },
    });
  }
  return git.text({ ...shared(common), args: ['rev-parse', '--verify', `${ref}^{commit}`], kind: 'read' });
}

/** An empty refmap keeps git from also updating the user's remote-tracking branches. */
export const frugal = [
  '--quiet',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-auto-maintenance',
  '--no-recurse-submodules',
  '--no-prune',
  '--no-write-commit-graph',
  '--refmap=',
] as const;
