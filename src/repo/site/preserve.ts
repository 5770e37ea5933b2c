// Saves what a site has and no other place has, under refs/yardmaster/preserved/<attempt> in the person's repository: a
// commit with the checkout's state as its tree (restore a file with `git show REF:PATH`) and the checkout's HEAD as its
// first parent. Further parents are commits that nothing else would keep: the branch to be deleted, the other side of a
// merge or the origin of a rebase in progress, what was staged and then changed again, what the logs still name, and the
// history of repositories inside. All of it is made in the reader, and then fetched like everything that comes out of a
// site.
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Git } from '../git.ts';
import { gitReason } from '../git-reason.ts';
import { identity } from '../identity.ts';
import { localTip, shared } from '../registry.ts';
import type { Reach } from '../remote-address.ts';
import { refuseAbove, sizeBeside } from './bound.ts';
import { bringObjects } from './bring.ts';
import { allRefs, headBranch, headCommit, refTip } from './git-refs.ts';
import { holdingsOf } from './holdings.ts';
import { incompleteOf, isPartial, isPartialFolder, isWhole } from './incomplete.ts';
import { onIndexCopy } from './index-copy.ts';
import { copyLargeFiles, lackingLargeFiles } from './large-files.ts';
import { unsafeTips } from './proof.ts';
import { inside, latin1, provenBases, stopped, through, tipRef, type Site } from './record.ts';
import { emptyTree, snapshot, type Snapshot, type Workshop } from './snapshot.ts';
import { indexAt } from './tree.ts';

export interface PreserveGiven {
  readonly site: Site;
  /** Whether its folder still exists. */
  readonly stands: boolean;
  /** Whether its repository still exists and is intact. */
  readonly readable: boolean;
  readonly attempt: string;
  readonly remote: string | null;
  readonly reach: Reach;
  /** How much may come into the person's repository, in bytes of object content. */
  readonly mostBytes: number;
  /** The branch that will be deleted afterwards, with its commit. */
  readonly doomed: { readonly branch: string; readonly commit: string } | null;
  /** Whether this commit, the head, is known to be elsewhere. */
  readonly hasArrived: (head: string) => boolean;
}

export function preservedRef(attempt: string): string {
  return `refs/yardmaster/preserved/${attempt}`;
}

/**
 * Returns the reference; null if there was nothing to save. Commits that only the logs name are saved as well but not
 * reported, because nobody misses a commit that was amended or reset. Faults: any, and then nothing may be removed.
 */
export async function preserve(git: Git, given: PreserveGiven): Promise<string | null> {
  // Not in a folder where other workers write, because git folders are made in it.
  const scratch = await mkdtemp(join(given.site.reader, 'preserve-'));
  try {
    return await save({ git, site: given.site, scratch, inner: new Set(), room: { bytes: given.mostBytes, used: 0 } }, given);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function save(shop: Workshop, given: PreserveGiven): Promise<string | null> {
  const { git, site } = shop;
  const { common } = site;
  const { mostBytes } = given;
  const ref = preservedRef(given.attempt);
  // From an earlier, interrupted attempt to remove this site.
  const earlier = await localTip(git, { common, ref });
  const found = await stateOf(shop, given);
  const inner = [...shop.inner];
  const isCut = (given.readable && isPartial(site)) || inner.some((gitFolder) => isPartialFolder({ gitFolder, shallow: null }));
  const state = isCut ? await withWholeHistory(git, { site, state: found, inner }) : found;
  const dirty =
    state.tree !== null && state.tree !== state.headTree && state.tree !== (earlier && (await treeOf(git, { site, commit: earlier })));
  const arrived = state.head !== null && given.hasArrived(state.head) ? [state.head] : [];
  const kept = [...provenBases(site), ...arrived, ...(earlier === null ? [] : [earlier])];
  const proof = { common, view: inside(site), remote: given.remote, reach: given.reach, doomed: given.doomed?.branch ?? null, kept };
  const open = await unsafeTips(git, { ...proof, tips: [...state.tips, ...(given.doomed === null ? [] : [given.doomed.commit])] });
  const logged = await unsafeTips(git, { ...proof, kept: [...kept, ...open], tips: state.logged });
  const told = dirty || open.length > 0;
  if (!told && logged.length === 0) return earlier === null ? null : ref;

  const parts = await independent(git, { site, commits: [...open, ...logged, ...(earlier === null ? [] : [earlier])] });
  const [only] = parts;
  const commit =
    !dirty && parts.length === 1 && only !== undefined
      ? only
      : await commitState(shop, {
          given,
          tree: state.tree ?? state.headTree,
          parents: [...(state.head === null ? [] : [state.head]), ...parts],
        });
  const there = await localTip(git, { common, ref: tipRef(site.branch) });
  const others = [site.base, earlier, there].flatMap((id) => id ?? []);
  refuseAbove({ mostBytes, size: await sizeBeside(git, { site, commit, others }), what: 'it holds' });
  const large = await lackingLargeFiles(git, { site, commit, mostBytes, inner });
  await git.text({ ...inside(site), args: ['update-ref', ref, commit] });
  const brought = await bringObjects(git, { site, commit, ref, reach: given.reach, looseBytes: null });
  if (brought.aborted) throw stopped();
  if (!brought.ok) throw new Error(gitReason(brought));
  // Before the reference is made: once it exists, another attempt assumes that everything is saved.
  await copyLargeFiles(git, { site, files: large });
  await git.text({ ...shared(common), args: ['update-ref', ref, commit, earlier ?? '0'.repeat(commit.length)] });
  return told ? ref : null;
}

interface State {
  readonly head: string | null;
  readonly headTree: string | null;
  /** The content of the folder; null if the folder is gone. */
  readonly tree: string | null;
  /** Commits that the site holds, including its HEAD. */
  readonly tips: readonly string[];
  readonly logged: readonly string[];
}

async function stateOf(shop: Workshop, given: PreserveGiven): Promise<State> {
  const { git, site } = shop;
  const gitFolder = join(site.path, '.git');
  const seen = refTip(site.reader, `refs/heads/${latin1(site.branch)}`);
  // Somebody may have deleted the folder together with commits that were only there.
  const [readerTip = null] = given.stands || seen === null ? [seen] : await commitsOf(git, { site, ids: [seen] });
  const branch = given.readable ? headBranch(gitFolder) : null;
  const head = given.readable ? (branch === null ? headCommit(gitFolder) : refTip(gitFolder, `refs/heads/${branch}`)) : readerTip;
  const headTree = head === null ? await emptyTree(git, site) : await treeOf(git, { site, commit: head });
  if (head !== null && given.stands) await indexAt(git, site, head);
  const standing: Snapshot | null = given.stands ? await snapshot(shop) : null;
  const staged = given.readable ? await stagedTree(git, site) : null;
  const holdings = given.readable ? holdingsOf(gitFolder) : null;
  const named = [head, readerTip, ...(holdings?.named ?? []), ...(standing?.tips ?? [])].flatMap((id) => (id === null ? [] : [id]));
  const tips = [...(await commitsOf(git, { site, ids: named }))];
  if (staged !== null && staged !== headTree && staged !== standing?.tree) {
    const parents = head === null ? [] : [head];
    tips.push(await commitTree(git, { site, tree: staged, parents, message: 'What was staged in the index' }));
  }
  return { head, headTree, tree: standing?.tree ?? null, tips, logged: await commitsOf(git, { site, ids: [...(holdings?.logged ?? [])] }) };
}

/**
 * A commit with an incomplete history could not be saved. It is replaced by one with its files on top of the base. A
 * commit that was merely fetched, here or in a repository inside, and lacks some of its files is not the worker's work.
 */
async function withWholeHistory(
  git: Git,
  { site, state, inner }: { readonly site: Site; readonly state: State; readonly inner: readonly string[] },
): Promise<State> {
  const broken = await incompleteOf(git, { site, tips: [...new Set([...state.tips, ...state.logged])] });
  const refs = [join(site.path, '.git'), ...inner].flatMap((gitFolder) => [...allRefs(gitFolder)]);
  const fetched = await commitsOf(git, { site, ids: refs.flatMap(([ref, id]) => (/^refs\/(?:remotes|tags)\//.test(ref) ? [id] : [])) });
  const instead = new Map<string, string | null>();
  for (const commit of broken) {
    const tree = await git.maybe({ ...inside(site), args: ['rev-parse', '--verify', `${commit}^{tree}`], kind: 'read' });
    const message = `The files of ${commit}, whose history is incomplete`;
    const isThere = tree !== null && (await isWhole(git, { site, tips: [tree] }));
    if (!isThere && (commit === state.head || !fetched.includes(commit)))
      throw new Error(`some files of ${commit} were never fetched there`);
    instead.set(commit, isThere ? await commitTree(git, { site, tree, parents: [site.base], message }) : null);
  }
  const whole = (commits: readonly string[]): readonly string[] =>
    commits.flatMap((commit) => (instead.has(commit) ? (instead.get(commit) ?? []) : [commit]));
  const [head = null] = state.head === null ? [] : whole([state.head]);
  return { ...state, head, tips: whole(state.tips), logged: whole(state.logged) };
}

/** The commits that the ids stand for: tags are followed, and anything that is no commit or no longer exists is left out. */
async function commitsOf(git: Git, given: { readonly site: Site; readonly ids: readonly string[] }): Promise<readonly string[]> {
  const ids = [...new Set(given.ids)];
  if (ids.length === 0) return [];
  const input = ids.map((id) => `${id}^{commit}\n`).join('');
  const args = ['cat-file', '--batch-check=%(objectname) %(objecttype)'];
  const lines = (await git.text({ ...inside(given.site), args, input, kind: 'read' })).split('\n');
  return lines.flatMap((line) => /^([0-9a-f]+) commit$/.exec(line)?.[1] ?? []);
}

/** The tree of the worker's own index; null if there is none or it has conflicts, whose sides are commits. */
async function stagedTree(git: Git, site: Site): Promise<string | null> {
  return onIndexCopy(site, (copy) => git.maybe({ ...through(site, copy), args: ['write-tree'] }));
}

async function commitState(
  shop: Workshop,
  about: { readonly given: PreserveGiven; readonly tree: string | null; readonly parents: readonly string[] },
): Promise<string> {
  const { git, site } = shop;
  const { given, parents } = about;
  const tree = about.tree ?? (await treeOf(git, { site, commit: parents[0] ?? '' }));
  const message = `Saved by Yardmaster before it removed ${site.path} (attempt ${given.attempt})`;
  return commitTree(git, { site, tree, parents, message });
}

async function commitTree(
  git: Git,
  given: { readonly site: Site; readonly tree: string; readonly parents: readonly string[]; readonly message: string },
): Promise<string> {
  const at = inside(given.site);
  const parents = [...new Set(given.parents)].flatMap((parent) => ['-p', parent]);
  return git.text({
    cwd: at.cwd,
    env: { ...at.env, ...(await identity(git, at)) },
    args: ['commit-tree', '--no-gpg-sign', ...parents, given.tree],
    input: given.message,
  });
}

async function treeOf(git: Git, given: { readonly site: Site; readonly commit: string }): Promise<string> {
  return git.text({ ...inside(given.site), args: ['rev-parse', '--verify', `${given.commit}^{tree}`], kind: 'read' });
}

/** Drops commits that another one of them contains. */
async function independent(git: Git, given: { readonly site: Site; readonly commits: readonly string[] }): Promise<readonly string[]> {
  if (given.commits.length < 2) return given.commits;
  return (await git.text({ ...inside(given.site), args: ['merge-base', '--independent', ...given.commits], kind: 'read' })).split('\n');
}
