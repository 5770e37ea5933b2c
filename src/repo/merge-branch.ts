// Merges a delivered branch into its base where there is no forge that does it: at the remote, or in the person's repository
// if there is none. A branch is moved only from the commit that was seen, and nobody's files are changed.
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { BranchMerge, MergeWay } from '../ports/repo-branches.ts';
import { branchAtRemote, forgetHead, isAncestor } from './branches.ts';
import { fetchBranch } from './fetch.ts';
import type { Git } from './git.ts';
import { gitReason } from './git-reason.ts';
import { identity } from './identity.ts';
import { mainFolder } from './main-folder.ts';
import { asSiblings, conflictPaths, mergedTree } from './merge-tree.ts';
import { readPushAnswer, type PushAnswer } from './push-answer.ts';
import { branchAt, branchTip, linkedWorktrees, shared } from './registry.ts';
import { reaching, type Reach } from './remote-address.ts';
import { moveRef } from './site/our-refs.ts';
import { leaseOption } from './site/push-head.ts';
import { plainly } from './site/push.ts';
import { stopped } from './site/record.ts';
import type { SiteSettings } from './site/settings.ts';
import { committing, notSigned, signerOf } from './site/signer.ts';
import type { Turns } from './turns.ts';
import { inWorkroom, type At } from './workroom.ts';

interface Place {
  readonly root: string;
  readonly common: string;
  readonly remote: string | null;
  readonly branch: string;
  readonly commit: string;
  readonly settings: SiteSettings;
  readonly reach: Reach;
}

export interface MergeGiven extends Place {
  readonly turns: Turns;
  readonly base: string;
  readonly from?: string;
  readonly method: MergeWay;
  readonly message: string;
  readonly delete: boolean;
  readonly sign: 'auto' | 'off';
}

/** How often the base may move meanwhile. */
const mostTries = 2;

export async function mergeBranch(git: Git, given: MergeGiven): Promise<BranchMerge> {
  const { base, remote } = given;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const merged = await (remote === null ? mergeHere(git, given) : mergeThere(git, { ...given, remote }));
    if (merged === null) continue;
    if (!merged.merged || !given.delete) return merged;
    return { ...merged, deleted: await deleteBranch(git, given) };
  }
  return { merged: false, why: 'moved', message: `${base} moved again during the merge` };
}

/** Null: the base moved meanwhile. */
async function mergeThere(git: Git, given: MergeGiven & { readonly remote: string }): Promise<BranchMerge | null> {
  const { common, base } = given;
  const onto = await fetchBranch(git, { ...given, branch: base }).catch((error: unknown) => {
    if (error instanceof Fault && error.code === 'fetch-failed') return error;
    throw error;
  });
  if (onto instanceof Fault) return { merged: false, why: 'unreachable', message: onto.message };
  if (await isAncestor(git, { ...shared(common), ancestor: given.commit, commit: onto })) return done(onto);
  return inWorkroom({ ...given, head: onto }, async (at) => {
    const made = await mergedCommit(git, { ...given, at, onto });
    if (!('commit' in made)) return made;
    if (made.commit === onto) return done(onto);
    const said = await pushLeased(git, { ...given, at, branch: base, lease: onto, to: made.commit });
    if (said.came === 'pushed') return done(made.commit);
    return said.came === 'outdated' ? null : { merged: false, why: said.came, message: said.message };
  });
}

function done(commit: string): BranchMerge {
  return { merged: true, commit, deleted: false };
}

async function pushLeased(
  git: Git,
  given: Pick<Place, 'reach' | 'branch'> & {
    readonly at: At;
    readonly remote: string;
    readonly lease: string;
    /** Empty: the branch is deleted. */
    readonly to: string;
  },
): Promise<PushAnswer> {
  const { at, remote, branch, lease, to } = given;
  const ref = `refs/heads/${branch}`;
  const addresses = await given.reach(remote);
  const args = ['push', ...plainly, leaseOption({ ref, lease }), '--', remote, `${to}:${ref}`];
  const answer = await git.run(reaching({ cwd: at.cwd, env: at.env, args, kind: 'push' }, addresses));
  if (answer.aborted) throw stopped();
  return readPushAnswer({ ref, answer, addresses: addresses.push, leased: true });
}

/** Null: the base moved meanwhile. */
async function mergeHere(git: Git, given: MergeGiven): Promise<BranchMerge | null> {
  const { common, base, branch, commit } = given;
  const onto = await branchTip(git, { common, branch: base });
  if (onto === null) return { merged: false, why: 'refused', message: `there is no local branch ${base}` };
  if (await isAncestor(git, { ...shared(common), ancestor: commit, commit: onto })) return done(onto);
  const inUse = (): Promise<BranchMerge | null> => checkedOut(git, { ...given, command: `merge ${branch}` });
  const before = await inUse();
  if (before !== null) return before;
  return inWorkroom({ ...given, head: onto }, async (at) => {
    // The objects stay, so they go to the person's.
    const env = { ...at.env, GIT_OBJECT_DIRECTORY: join(common, 'objects') };
    const made = await mergedCommit(git, { ...given, at: { ...at, env }, onto });
    if (!('commit' in made)) return made;
    if (made.commit === onto) return done(onto);
    // The person may have checked it out meanwhile.
    const now = await inUse();
    if (now !== null) return now;
    const moved = await moveRef(git, { common, ref: `refs/heads/${base}`, commit: made.commit, from: onto });
    if (moved.ok) return done(made.commit);
    if (moved.aborted) throw stopped();
    if ((await branchTip(git, { common, branch: base })) !== onto) return null;
    return { merged: false, why: 'refused', message: `${base} could not be moved: ${gitReason(moved)}` };
  });
}

async function checkedOut(
  git: Git,
  given: Pick<MergeGiven, 'common' | 'root' | 'base'> & { readonly command: string },
): Promise<BranchMerge | null> {
  const { common, base, command } = given;
  const folders = [{ admin: common, path: null }, ...linkedWorktrees(common)];
  for (const { admin, path } of folders) {
    if ((await branchAt(git, admin)) !== base) continue;
    const folder = path ?? (await mainFolder(git, { dir: given.root, common }));
    const message = `${base} is checked out in ${folder}, whose files are yours to change; run: git -C '${folder}' ${command}`;
    return { merged: false, why: 'checked-out', message };
  }
  return null;
}

interface Merging extends MergeGiven {
  readonly at: At;
  /** The commit of the base. */
  readonly onto: string;
}

async function mergedCommit(git: Git, given: Merging): Promise<{ readonly commit: string } | Exclude<BranchMerge, { merged: true }>> {
  const { at, onto, commit, from, method, settings } = given;
  const { cwd, env } = at;
  if (method === 'ff' && (await isAncestor(git, { cwd, env, ancestor: onto, commit }))) return { commit };
  // A partial clone may lack files, which git then fetches.
  const kind = settings.promisor === null ? 'write' : 'network';
  const [ours = onto, theirs = commit] = from === undefined ? [] : await asSiblings(git, { cwd, env, from, sides: [onto, commit] });
  const merged = await mergedTree(git, { cwd, env, kind, ours, theirs });
  if (!merged.clean) return { merged: false, why: 'conflict', paths: conflictPaths(merged.conflicts) };
  const tree = await git.text({ cwd, env, args: ['rev-parse', '--verify', `${onto}^{tree}`], kind: 'read' });
  // All of the work is there, for example by a squash that was pushed before somebody could note it.
  if (tree === merged.tree) return { commit: onto };
  return { commit: await committed(git, { ...given, tree: merged.tree, parents: method === 'squash' ? [onto] : [onto, commit] }) };
}

async function committed(git: Git, given: Merging & { readonly tree: string; readonly parents: readonly string[] }): Promise<string> {
  const { at, tree, message, root } = given;
  const { cwd, env } = at;
  const signer = await signerOf(git, { ...given, site: { reader: at.gitFolder } });
  const parents = given.parents.flatMap((parent) => ['-p', parent]);
  const call = { cwd, ...committing(signer, [...parents, tree]), input: `${message.trimEnd()}\n` };
  const answer = await git.run({ ...call, env: { ...env, ...signer?.env, ...(await identity(git, { cwd, env })) } });
  if (answer.ok) return answer.stdout;
  if (signer !== null) throw notSigned({ path: root }, answer);
  if (answer.aborted) throw stopped();
  throw new Fault({
    code: answer.obstacle?.code ?? 'git-failed',
    message: `the merge could not be committed: ${gitReason(answer)}`,
    hint: answer.obstacle?.hint ?? 'correct what git reports, and merge again',
  });
}

/** Whether the branch is gone afterwards. Faults: `unreachable`. */
export async function deleteBranch(git: Git, given: Place): Promise<boolean> {
  const { common, remote, branch, commit } = given;
  if (remote === null) {
    if ((await checkedOut(git, { ...given, base: branch, command: '' })) !== null) return false;
    await git.run({ ...shared(common), args: ['update-ref', '-d', `refs/heads/${branch}`, commit] });
    return (await branchTip(git, { common, branch })) === null;
  }
  const there = await branchAtRemote(git, { ...given, remote });
  if (there !== null && there !== commit) return false;
  const said =
    there === null
      ? null
      : await inWorkroom({ ...given, head: commit }, (at) => pushLeased(git, { ...given, remote, at, lease: commit, to: '' }));
  const gone = said === null || said.came === 'pushed' || (await branchAtRemote(git, { ...given, remote })) === null;
  if (gone) await forgetHead(git, { common, remote, branch });
  return gone;
}
