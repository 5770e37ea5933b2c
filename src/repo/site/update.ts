// Brings a site's branch up to date with the branch that it is to be merged into. Commits are rebased, or merged, as objects
// in folders of ours; only when all of that is done are the files in the checkout moved. The base of the site is then the
// commit of that branch.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { BaseBranch, SiteUpdate } from '../../ports/repo-updates.ts';
import { isAncestor } from '../branches.ts';
import { fetchBranch } from '../fetch.ts';
import type { Git, GitAnswer } from '../git.ts';
import { gitReason } from '../git-reason.ts';
import { identity } from '../identity.ts';
import { asSiblings, conflictPaths, mergedTree, type MergedTree } from '../merge-tree.ts';
import { branchTip, shared } from '../registry.ts';
import type { Reach } from '../remote-address.ts';
import type { Turns } from '../turns.ts';
import { moveFiles } from './move-files.ts';
import { fetchPromisedFor } from './promised.ts';
import { isDirty, rebasedCommit } from './rebase.ts';
import { baseRef, inside, keptRefs, stopped, unreadable, withItsObjects, writeRecord, type Site } from './record.ts';
import { siteSettings } from './settings.ts';
import { committing, notSigned, signerOf } from './signer.ts';
import { writeView } from './skeleton.ts';
import { treeFacts, type TreeFacts } from './tree.ts';

export interface OntoGiven {
  readonly site: Site;
  readonly onto: BaseBranch;
  readonly from?: string;
  readonly turns: Turns;
  readonly reach: Reach;
  /** The remote that has promised what the person's repository lacks; null if it lacks nothing. */
  readonly promisor: string | null;
}

export interface UpdateGiven extends OntoGiven {
  readonly how: 'rebase' | 'merge';
  readonly sign: 'auto' | 'off';
}

export async function updateSite(git: Git, given: UpdateGiven): Promise<SiteUpdate> {
  const { site } = given;
  const state = await stateFor(git, given);
  const { base, tip } = state;
  if (state.current) {
    await setBase(git, { ...given, base });
    return { updated: false, why: 'current', commit: tip, base };
  }
  if (state.why !== null) return { updated: false, why: 'refused', message: state.why };
  const made = await newCommit(git, { ...given, base, tip });
  if ('paths' in made) return { updated: false, why: 'conflict', base, paths: made.paths };
  if ('refused' in made) return { updated: false, why: 'refused', message: made.refused };
  await keep(git, { site, commit: base });
  const why = await moveFiles(git, { site, from: tip, to: made.commit });
  if (why !== null) return { updated: false, why: 'refused', message: why };
  await setBase(git, { ...given, base });
  return { updated: true, by: made.by, commit: made.commit, base };
}

export interface State {
  /** The commit to be up to date with. */
  readonly base: string;
  /** The site's branch. */
  readonly tip: string;
  /** Whether the branch contains the commit. */
  readonly current: boolean;
  /** Why the checkout must not be changed; null if it may be. */
  readonly why: string | null;
  readonly facts: TreeFacts;
}

export async function stateFor(git: Git, given: OntoGiven): Promise<State> {
  const { site } = given;
  const base = await commitOf(git, given);
  const facts = await treeFacts(git, { site, base: site.base });
  const current = await isAncestor(git, { ...inside(site), ancestor: base, commit: facts.head });
  const { promisor } = given;
  if (promisor !== null && !current) {
    const bases = [base, site.base, given.from ?? site.base];
    await fetchPromisedFor(git, { ...given, ...site, promisor, tip: facts.head, bases: [...new Set(bases)] });
  }
  return { base, tip: facts.head, current, why: isDirty(facts) ? 'the checkout has uncommitted changes' : null, facts };
}

async function commitOf(git: Git, { site, onto, turns, reach }: OntoGiven): Promise<string> {
  const { common } = site;
  const { remote, branch } = onto;
  if (remote !== null) return fetchBranch(git, { turns, common, remote, branch, reach });
  const tip = await branchTip(git, { common, branch });
  if (tip !== null) return tip;
  throw unreadable(site.path, `there is no local branch ${branch} to bring it up to date with`, 'create that branch, or give another one');
}

interface Joining extends UpdateGiven {
  readonly base: string;
  readonly tip: string;
}

type NewCommit =
  | { readonly by: 'rebase' | 'merge'; readonly commit: string }
  | { readonly paths: readonly string[] }
  | { readonly refused: string };

async function newCommit(git: Git, given: Joining): Promise<NewCommit> {
  const { base, tip, from } = given;
  if (given.how === 'rebase') {
    const rebased = await rebasedCommit(git, { ...given, commit: tip, onto: base, ...(from !== undefined && { from }) });
    if ('commit' in rebased) return { by: 'rebase', commit: rebased.commit };
    if (rebased.conflicts.length === 0) return { refused: `it could not be rebased: ${rebased.why}` };
  }
  return mergeCommit(git, given);
}

async function mergeCommit(git: Git, given: Joining): Promise<NewCommit> {
  const { site, base, tip, onto } = given;
  const { merged, labels } = await mergeInView(git, given);
  if (!merged.clean) return { paths: conflictPaths(merged.conflicts) };
  const signer = await signerOf(git, given);
  const at = withItsObjects(inside(site), site);
  const answer = await git.run({
    ...at,
    ...committing(signer, ['-p', tip, '-p', base, merged.tree]),
    input: `${mergeMessage({ site, onto, labels })}\n`,
    env: { ...at.env, ...signer?.env, ...(await identity(git, inside(site))) },
  });
  if (answer.ok) return { by: 'merge', commit: answer.stdout };
  throw signer === null ? notMerged(site, answer) : notSigned(site, answer);
}

export function mergeMessage({ site, onto, labels }: Pick<OntoGiven, 'site' | 'onto'> & { readonly labels: readonly string[] }): string {
  const other = onto.remote === null ? `branch '${onto.branch}'` : `remote-tracking branch '${labels[1]}'`;
  return `Merge ${other} into ${site.branch}`;
}

function notMerged(site: Site, answer: GitAnswer): Fault {
  if (answer.aborted) return stopped();
  return unreadable(site.path, `the merge could not be committed: ${gitReason(answer)}`, answer.obstacle?.hint);
}

/** The merge of both, and the names of both sides in conflict markers. The objects are in the worker's repository. */
export async function mergeInView(
  git: Git,
  given: OntoGiven & { readonly base: string; readonly tip: string },
): Promise<{ readonly merged: MergedTree; readonly labels: readonly string[] }> {
  const { site, onto, base, tip, from } = given;
  const view = await mkdtemp(join(site.reader, 'merge-'));
  const gitFolder = join(view, '.git');
  const at = withItsObjects({ cwd: view, env: { GIT_DIR: gitFolder, GIT_WORK_TREE: view, GIT_NO_LAZY_FETCH: '1' } }, site);
  const theirs = onto.remote === null ? `heads/${onto.branch}` : `remotes/${onto.remote}/${onto.branch}`;
  try {
    const [one, other] =
      from === undefined ? [tip, base] : await asSiblings(git, { ...withItsObjects(inside(site), site), from, sides: [tip, base] });
    const packedRefs = [`${one} refs/heads/${site.branch}\n`, `${other} refs/${theirs}\n`].toSorted((a, b) =>
      after(a) < after(b) ? -1 : 1,
    );
    writeView({ site, gitFolder, settings: await siteSettings(git, site), head: tip, packedRefs: packedRefs.join('') });
    // Git shows the names as they are given.
    const labels = [`heads/${site.branch}`, theirs].map((name) => name.replace(/^(?:heads|remotes)\//, ''));
    const [ours = '', name = ''] = labels;
    return { merged: await mergedTree(git, { ...at, ours, theirs: name }), labels };
  } finally {
    await rm(view, { recursive: true, force: true });
  }
}

/** A line of `packed-refs` without the commit: git searches the file by this order. */
function after(line: string): string {
  return line.slice(line.indexOf(' ') + 1);
}

/** What the site's repository borrows stays as long as the site. */
export async function keep(git: Git, { site, commit }: { readonly site: Site; readonly commit: string }): Promise<void> {
  await git.text({ ...shared(site.common), args: ['update-ref', `${keptRefs(site.branch)}${commit}`, commit] });
}

/** The old base is kept as well: the worker's repository may refer to it. */
export async function setBase(git: Git, given: Pick<OntoGiven, 'site' | 'onto'> & { readonly base: string }): Promise<void> {
  const { site, onto, base } = given;
  if (onto.remote !== null) writeTracking({ site, remote: onto.remote, branch: onto.branch, commit: base });
  const { conflict, ...plain } = site;
  if (site.base !== base) {
    await keep(git, { site, commit: site.base });
    await git.text({ ...shared(site.common), args: ['update-ref', baseRef(site.branch), base] });
  }
  // A conflict with this base, or one before it, is over.
  const formerBases = [...new Set([...(site.formerBases ?? []), site.base])].filter((one) => one !== base);
  if (site.base !== base || conflict !== undefined) writeRecord({ ...plain, base, ...(site.adopted ? {} : { formerBases }) });
}

/**
 * Moves `origin/main` in the worker's repository, which agents compare their work with. A name that the worker's own
 * references leave no room for stays as it is.
 */
export function writeTracking(given: {
  readonly site: Site;
  readonly remote: string;
  readonly branch: string;
  readonly commit: string;
}): void {
  const file = join(given.site.path, '.git/refs/remotes', given.remote, given.branch);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.yardmaster`, `${given.commit}\n`);
    renameSync(`${file}.yardmaster`, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && /^(?:ENOTDIR|EISDIR|EEXIST)$/.test(String(error.code)))) throw error;
  }
}
