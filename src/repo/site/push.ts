// Delivers a commit of a site's branch: never forced, without configuring an upstream, to the address that was configured
// when the task began. If somebody else pushed to the branch meanwhile, ours is rebased on it once. Pushed means that the
// remote, at each of its places, confirmed this very reference, or that its only place has the commit in the branch. The
// person's pre-push hook runs code that the worker wrote, so the caller runs it where checks run, and git does not run it
// here.
import { accessSync, constants } from 'node:fs';
import { join, resolve } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { PushResult } from '../../ports/repo-updates.ts';
import type { PushHook } from '../../ports/repo.ts';
import { fetchBranch, fetchedRefs } from '../fetch.ts';
import type { Git, GitAnswer } from '../git.ts';
import { readPushAnswer, type PushAnswer } from '../push-answer.ts';
import type { PushTogether } from '../pushes-together.ts';
import { shared } from '../registry.ts';
import { reaching, type Reach } from '../remote-address.ts';
import type { Turns } from '../turns.ts';
import { uploadLargeFiles } from './large-files.ts';
import { rebaseOnto } from './rebase.ts';
import { inside, through, writeRecord, type Site } from './record.ts';
import type { SiteSettings } from './settings.ts';
import { takeSite } from './take.ts';

export interface PushGiven {
  readonly turns: Turns;
  readonly site: Site;
  readonly remote: string;
  readonly commit: string;
  /** Whether the currently configured address is accepted, whatever it was before. */
  readonly accept: boolean;
  readonly sign: 'auto' | 'off';
  /** Whether there is a remote of this name. */
  readonly known: boolean;
  readonly reach: Reach;
  readonly mostBytes: number;
  readonly together: PushTogether;
}

export async function pushSite(git: Git, given: PushGiven): Promise<PushResult> {
  const { site, remote } = given;
  const { branch } = site;
  const wrong = await wrongPlace(given);
  if (wrong !== null) return wrong;
  const first = await pushOnce(git, given);
  if (first.came !== 'outdated') return resultOf(given, first);
  const caught = await catchUp(git, given);
  if ('pushed' in caught) return caught;
  const second = await pushOnce(git, { ...given, ...caught });
  if (second.came === 'outdated') return failed('refused', `${branch} at ${remote} moved again during the push`);
  return resultOf({ ...given, ...caught }, second);
}

/** Why nothing may be pushed to where the remote is now; null if it may. */
export async function wrongPlace(given: Pick<PushGiven, 'site' | 'remote' | 'known' | 'accept' | 'reach'>) {
  const { remote } = given;
  // Git would treat a name that belongs to no remote as a folder.
  if (!given.known) return failed('unreachable', `there is no remote called ${remote}`);
  const { push } = await given.reach(remote);
  const changed = given.accept ? null : addressChange({ ...given, now: push });
  return changed === null ? null : failed('refused', changed);
}

/**
 * A worker must not choose where its work goes, and a person who moved the remote should know which work is still under
 * way.
 */
function addressChange({ site, remote, now }: Pick<PushGiven, 'site' | 'remote'> & { readonly now: readonly string[] }): string | null {
  const before = site.pushTo;
  if (before === null) return `there was no remote when the task began, and ${remote} is ${now.join(', ')} now`;
  if (before.addresses.join('\n') === now.join('\n')) return null;
  if (before.remote !== remote)
    return `the task began with ${before.remote} at ${before.addresses.join(', ')}, but ${remote} at ${now.join(', ')} is another place`;
  return `the address of ${remote} was ${before.addresses.join(', ')} when the task began and is ${now.join(', ')} now`;
}

function resultOf(given: PushGiven, answer: Exclude<PushAnswer, { came: 'outdated' }>): PushResult {
  return answer.came === 'pushed'
    ? { pushed: true, commit: given.commit, ref: `refs/heads/${given.site.branch}` }
    : failed(answer.came, answer.message);
}

/** Nothing beside the branch is pushed, whatever the person's configuration says. */
export const plainly = ['--porcelain', '--no-follow-tags', '--no-recurse-submodules', '--no-signed'] as const;

async function pushOnce(git: Git, given: PushGiven): Promise<PushAnswer> {
  const { site, remote, commit } = given;
  const ref = `refs/heads/${site.branch}`;
  const addresses = await given.reach(remote);
  const without = await uploadLargeFiles(git, { site, commit, remote, addresses });
  if (without !== null) return without;
  const read = (answer: GitAnswer): PushAnswer => readPushAnswer({ ref, answer, addresses: addresses.push });
  const answer = await given.together(git, {
    // The commit is in the person's repository, from which all its sites borrow, so each site can push the others' commits.
    place: [site.common, remote, ...addresses.push].join('\0'),
    refspec: `${commit}:${ref}`,
    call: (refspecs) => reaching({ ...through(site), args: ['push', ...plainly, '--', remote, ...refspecs], kind: 'push' }, addresses),
    arrived: (said) => read(said).came === 'pushed',
  });
  return read(answer);
}

/** The commit to push now, or why it cannot be pushed. */
async function catchUp(git: Git, given: PushGiven): Promise<Pick<PushGiven, 'site' | 'commit'> | PushResult> {
  const { site, remote, commit, turns, reach } = given;
  const { common, branch } = site;
  try {
    const theirs = await fetchBranch(git, { turns, common, remote, branch, reach });
    // Our commit arrived before, and somebody built on it since; their commits were not judged.
    if (await isAtOnlyPlace(git, { ...given, theirs })) return { pushed: true, commit, ref: `refs/heads/${branch}` };
    if (!(await sharesWork(git, { ...given, theirs }))) {
      return failed(
        'refused',
        `${branch} at ${remote} belongs to somebody else: it contains none of our commits; rename or delete it there`,
      );
    }
    const moved = { ...site, onto: theirs };
    writeRecord(moved);
    const why = await rebaseOnto(git, { site: moved, commit, onto: theirs, sign: given.sign });
    if (why !== null) return failed('refused', `${branch} at ${remote} has other commits, and ours could not be rebased onto them: ${why}`);
    const taken = await takeSite(git, { ...given, site: moved });
    if (taken !== null) return { site: moved, commit: taken.commit };
    return failed('refused', `after the rebase on ${branch} at ${remote} none of our changes is left`);
  } catch (error) {
    if (error instanceof Fault && error.code === 'fetch-failed') return failed('unreachable', error.message);
    throw error;
  } finally {
    // What was fetched of a default branch stays as a proof of what the remote has; references for this branch would only
    // accumulate.
    await git.run({ ...shared(common), args: ['update-ref', '-d', fetchedRefs(remote) + branch] });
  }
}

/** Pushes go only to the place that was fetched from, and the branch there contains our commit. */
async function isAtOnlyPlace(git: Git, given: PushGiven & { readonly theirs: string }): Promise<boolean> {
  const { site, remote, commit, theirs } = given;
  const { fetch, push } = await given.reach(remote);
  if (push.length !== 1 || push[0] !== fetch[0]) return false;
  return (await git.run({ ...shared(site.common), args: ['merge-base', '--is-ancestor', commit, theirs], kind: 'read' })).ok;
}

/**
 * Whether both sides have a commit in common that the branches which we start from do not have. Otherwise only their name
 * is the same.
 */
async function sharesWork(git: Git, given: PushGiven & { readonly theirs: string }): Promise<boolean> {
  const { site, remote, theirs, commit } = given;
  const meeting = await git.maybe({ ...inside(site), args: ['merge-base', commit, theirs], kind: 'read' });
  if (meeting === null) return false;
  const starts = [`--exclude=${fetchedRefs(remote)}${site.branch}`, `--glob=${fetchedRefs(remote)}*`];
  const args = ['rev-list', '--max-count=1', meeting, '--not', site.base, ...starts];
  // Commits that only the site has cannot be the start of anything.
  const found = await git.maybe({ ...shared(site.common), args, kind: 'read' });
  return found !== '';
}

/** The person's hooks before a push, as git would call them, in its order. */
export async function pushHooks(given: {
  readonly site: Site;
  readonly remote: string;
  readonly commit: string;
  readonly settings: Pick<SiteSettings, 'hooksPath' | 'hooks'>;
  readonly reach: Reach;
}): Promise<readonly PushHook[]> {
  const { site, remote, commit } = given;
  const { hooksPath, hooks } = given.settings;
  const { root, common, path } = site;
  // Git searches relative to the top folder of the checkout in which it pushes. Programs that install hooks usually do so
  // in the person's checkout; but a bare repository has none, and some hooks are committed.
  const folders = hooksPath === null ? [join(common, 'hooks')] : [resolve(root, hooksPath), resolve(path, hooksPath)];
  const file = folders.map((folder) => join(folder, 'pre-push')).find(isProgram);
  const commands = hooks.beforePush.map((command) => ({ file: '/bin/sh', args: ['-c', `${command} "$@"`, command] }));
  const found = [...commands, ...(file === undefined ? [] : [{ file, args: [] }])];
  if (found.length === 0) return [];
  const ref = `refs/heads/${site.branch}`;
  // Saying that the remote has nothing yet is the most cautious choice: the hook then checks all commits of the branch.
  const line = `${ref} ${commit} ${ref} ${'0'.repeat(commit.length)}`;
  const address = ((await given.reach(remote)).push[0] ?? remote).replace(/:\/\/[^/@\s]*@/, '://');
  return found.map((hook) => ({ file: hook.file, args: [...hook.args, remote, address], input: `${line}\n` }));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function failed(why: 'refused' | 'unreachable', message: string): Extract<PushResult, { pushed: false }> {
  return { pushed: false, why, message };
}
