// Delivers a commit of a site's branch: never forced, no upstream configured, to the address that was configured when the
// task began. When somebody else pushed to the branch meanwhile, ours is rebased on it once. Pushed means that the remote,
// each place of it, said so of this very reference. The person's pre-push hook runs what the worker wrote: it is run by the
// caller, where checks run, and not by git here.
import { accessSync, constants } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { PushHook, PushResult } from '../../ports/repo.ts';
import { fetchBranch, fetchedRefs } from '../fetch.ts';
import type { Git } from '../git.ts';
import { readPushAnswer, type PushAnswer } from '../push-answer.ts';
import { shared } from '../registry.ts';
import { reaching, type Reach } from '../remote-address.ts';
import type { Turns } from '../turns.ts';
import { uploadLargeFiles } from './large-files.ts';
import { rebaseOnto } from './rebase.ts';
import { inside, through, type Site } from './record.ts';
import { takeSite } from './take.ts';

export interface PushGiven {
  readonly turns: Turns;
  readonly site: Site;
  readonly remote: string;
  readonly commit: string;
  /** The address as it is configured now holds, whatever it was. */
  readonly accept: boolean;
  /** Is there a remote of this name? */
  readonly known: boolean;
  readonly reach: Reach;
  readonly mostBytes: number;
}

export async function pushSite(git: Git, given: PushGiven): Promise<PushResult> {
  const { site, remote } = given;
  const { branch } = site;
  // Git would take the name of no remote for a folder.
  if (!given.known) return failed('unreachable', `there is no remote called ${remote}`);
  const { push } = await given.reach(remote);
  const changed = given.accept ? null : addressChange({ ...given, now: push });
  if (changed !== null) return failed('refused', changed);
  const first = await pushOnce(git, given);
  if (first.came !== 'outdated') return resultOf(given, first);
  const caught = await catchUp(git, given);
  if (typeof caught !== 'string') return caught;
  const second = await pushOnce(git, { ...given, commit: caught });
  if (second.came === 'outdated') return failed('refused', `${branch} at ${remote} moved again during the push`);
  return resultOf({ ...given, commit: caught }, second);
}

/** A worker must not choose where its work goes, and a person who moved the remote should know what is still under way. */
function addressChange({ site, remote, now }: PushGiven & { readonly now: readonly string[] }): string | null {
  const before = site.pushTo?.remote === remote ? site.pushTo.addresses : null;
  if (before === null || before.join('\n') === now.join('\n')) return null;
  return `the address of ${remote} was ${before.join(', ')} when the task began and is ${now.join(', ')} now`;
}

function resultOf(given: PushGiven, answer: Exclude<PushAnswer, { came: 'outdated' }>): PushResult {
  return answer.came === 'pushed'
    ? { pushed: true, commit: given.commit, ref: `refs/heads/${given.site.branch}` }
    : failed(answer.came, answer.message);
}

async function pushOnce(git: Git, given: PushGiven): Promise<PushAnswer> {
  const { site, remote, commit } = given;
  const ref = `refs/heads/${site.branch}`;
  const addresses = await given.reach(remote);
  const without = await uploadLargeFiles(git, { site, commit, remote, addresses });
  if (without !== null) return without;
  const args = ['push', '--porcelain', '--no-follow-tags', '--no-recurse-submodules', '--no-signed', '--', remote, `${commit}:${ref}`];
  const call = reaching({ ...through(site), args, kind: 'push' }, addresses);
  return readPushAnswer({ ref, answer: await git.run(call) });
}

/** The commit that is to be pushed now, or why it cannot be. */
async function catchUp(git: Git, given: PushGiven): Promise<string | PushResult> {
  const { site, remote, commit, turns, reach } = given;
  const { common, branch } = site;
  try {
    const theirs = await fetchBranch(git, { turns, common, remote, branch, reach });
    if (!(await sharesWork(git, { ...given, theirs }))) {
      return failed('refused', `${branch} at ${remote} is somebody else's: none of our commits is in it; rename or delete it there`);
    }
    const why = await rebaseOnto(git, { site, commit, onto: theirs });
    if (why !== null)
      return failed('refused', `${branch} at ${remote} has other commits, and ours could not be put on top of them: ${why}`);
    const taken = await takeSite(git, given);
    return taken?.commit ?? failed('refused', `after the rebase on ${branch} at ${remote} nothing of ours is left`);
  } catch (error) {
    if (error instanceof Fault && error.code === 'fetch-failed') return failed('unreachable', error.message);
    throw error;
  } finally {
    // What was fetched of a default branch stays as proof of what the remote has; this one would only pile up.
    await git.run({ ...shared(common), args: ['update-ref', '-d', fetchedRefs(remote) + branch] });
  }
}

/** Have both sides a commit in common that the branches which we start from do not have? Else only the name is the same. */
async function sharesWork(git: Git, given: PushGiven & { readonly theirs: string }): Promise<boolean> {
  const { site, remote, theirs, commit } = given;
  const meeting = await git.maybe({ ...inside(site), args: ['merge-base', commit, theirs], kind: 'read' });
  if (meeting === null) return false;
  const starts = [`--exclude=${fetchedRefs(remote)}${site.branch}`, `--glob=${fetchedRefs(remote)}*`];
  const args = ['rev-list', '--max-count=1', meeting, '--not', ...starts];
  // What only the site has cannot be a start of anything.
  const found = await git.maybe({ ...shared(site.common), args, kind: 'read' });
  return found !== '';
}

/** The person's pre-push hook, as git would call it; null: there is none. */
export function pushHook(given: {
  readonly site: Site;
  readonly remote: string;
  readonly commit: string;
  readonly hooksPath: string | null;
}): PushHook | null {
  const { site, remote, commit, hooksPath } = given;
  const { root, common } = site;
  const folder = hooksPath === null ? join(common, 'hooks') : isAbsolute(hooksPath) ? hooksPath : join(root, hooksPath);
  const file = join(folder, 'pre-push');
  try {
    accessSync(file, constants.X_OK);
  } catch {
    return null;
  }
  const ref = `refs/heads/${site.branch}`;
  // That the remote has nothing yet is the most cautious thing to say: the hook then looks at all commits of the branch.
  const line = `${ref} ${commit} ${ref} ${'0'.repeat(commit.length)}`;
  const address = (site.pushTo?.addresses[0] ?? remote).replace(/:\/\/[^/@\s]*@/, '://');
  return { file, args: [remote, address], input: `${line}\n` };
}

function failed(why: 'refused' | 'unreachable', message: string): Extract<PushResult, { pushed: false }> {
  return { pushed: false, why, message };
}
