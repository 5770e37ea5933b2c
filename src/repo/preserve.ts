// Saves what a worktree has and no other place has, under refs/yardmaster/preserved/<attempt>: a commit whose tree is
// the worktree's state (restore a file with `git show REF:PATH`) and whose first parent is its HEAD. Further parents
// are commits that nothing else would keep: the branch to be deleted, the other side of a merge or the origin of a
// rebase in progress, what was staged and changed again, the history of repositories inside.
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Git } from './git.ts';
import { identity } from './identity.ts';
import { unsafeTips } from './proof.ts';
import { none, shared } from './registry.ts';
import type { Linked } from './registry.ts';
import type { Reach } from './remote-address.ts';
import { snapshot } from './snapshot.ts';
import type { Snapshot, Workshop } from './snapshot.ts';

export interface PreserveGiven {
  readonly common: string;
  /** The worktree's registration; null when only the branch is left. */
  readonly linked: Linked | null;
  /** Is its folder still there? */
  readonly stands: boolean;
  readonly attempt: string;
  readonly remote: string | null;
  readonly reach: Reach;
  /** The branch to be deleted afterwards, with its commit. */
  readonly doomed: { readonly branch: string; readonly commit: string } | null;
}

function preservedRef(attempt: string): string {
  return `refs/yardmaster/preserved/${attempt}`;
}

/** Answers the reference; null when there was nothing to save. Faults: any, and then nothing may be removed. */
export async function preserve(git: Git, given: PreserveGiven): Promise<string | null> {
  const scratch = await mkdtemp(join(tmpdir(), 'yardmaster-preserve-'));
  const shop = { git, common: given.common, scratch, refs: `refs/yardmaster/nested/${given.attempt}` };
  try {
    return await save(shop, given);
  } finally {
    await rm(scratch, { recursive: true, force: true });
    await dropNested(shop);
  }
}

async function save(shop: Workshop, given: PreserveGiven): Promise<string | null> {
  const { git, common } = shop;
  const ref = preservedRef(given.attempt);
  const at = shared(common);
  // Of an earlier try at removing this worktree, which was cut off.
  const earlier = await git.maybe({ ...at, args: ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], kind: 'read' });
  const state = given.linked === null ? noState : await stateOf(shop, { ...given, linked: given.linked });
  const dirty =
    state.tree !== null && state.tree !== state.headTree && state.tree !== (earlier && (await treeOf(git, { common, commit: earlier })));
  const tips = [...state.tips, ...(given.doomed === null ? [] : [given.doomed.commit])];
  const { remote, reach } = given;
  const open = await unsafeTips(git, { common, remote, reach, doomed: given.doomed?.branch ?? null, kept: earlier, tips });
  if (!dirty && open.length === 0) return earlier === null ? null : ref;

  const others = await independent(git, { common, commits: earlier === null ? open : [...open, earlier] });
  const [only] = others;
  const alone = !dirty && others.length === 1 && only !== undefined;
  const commit = alone
    ? only
    : await commitState(shop, {
        given,
        tree: state.tree ?? state.headTree,
        parents: [...(state.head === null ? [] : [state.head]), ...others],
      });
  await git.text({ ...at, args: ['update-ref', ref, commit, earlier ?? '0'.repeat(commit.length)] });
  return ref;
}

interface State {
  readonly head: string | null;
  readonly headTree: string | null;
  /** What stands in the folder; null when the folder is gone. */
  readonly tree: string | null;
  /** Commits that the worktree holds, its HEAD included. */
  readonly tips: readonly string[];
}

const noState: State = { head: null, headTree: null, tree: null, tips: [] };

async function stateOf(shop: Workshop, given: { readonly linked: Linked; readonly stands: boolean }): Promise<State> {
  const { git, common } = shop;
  const { linked, stands } = given;
  const own = { cwd: linked.admin, env: { GIT_DIR: linked.admin } };
  const head = await git.maybe({ ...own, args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], kind: 'read' });
  const headTree =
    head === null
      ? await git.text({ ...own, args: ['hash-object', '-w', '-t', 'tree', '--stdin'], input: '' })
      : await treeOf(git, { common, commit: head });
  const standing: Snapshot | null = stands ? await snapshot(shop, { linked, head }) : null;
  const staged = await stagedTree(shop, linked);
  const tips = [...(head === null ? [] : [head]), ...(await operationTips(git, linked)), ...(standing?.tips ?? [])];
  if (staged !== null && staged !== headTree && staged !== standing?.tree) {
    tips.push(
      await commitTree(git, { common, tree: staged, parents: head === null ? [] : [head], message: 'What was staged in the index' }),
    );
  }
  return { head, headTree, tree: standing?.tree ?? null, tips };
}

/** The tree of the worktree's own index; null when there is none or it has conflicts, whose sides are commits. */
async function stagedTree(shop: Workshop, linked: Linked): Promise<string | null> {
  // A copy: writing a tree from the index itself takes its lock, and a killed git may have left that behind.
  const copy = join(shop.scratch, 'index-staged');
  const copied = await copyFile(join(linked.admin, 'index'), copy)
    .then(() => true)
    .catch(none);
  if (copied === null) return null;
  return shop.git.maybe({ cwd: linked.admin, env: { GIT_DIR: linked.admin, GIT_INDEX_FILE: copy }, args: ['write-tree'] });
}

/** Files in which git notes commits while an operation is stopped in the middle. */
const operationFiles = [
  'MERGE_HEAD',
  'CHERRY_PICK_HEAD',
  'REVERT_HEAD',
  'REBASE_HEAD',
  'MERGE_AUTOSTASH',
  'rebase-merge/orig-head',
  'rebase-merge/autostash',
  'rebase-apply/orig-head',
  'rebase-apply/autostash',
];

async function operationTips(git: Git, linked: Linked): Promise<readonly string[]> {
  const own = { cwd: linked.admin, env: { GIT_DIR: linked.admin } };
  const noted: string[] = [];
  for (const file of operationFiles) noted.push(...((await readFile(join(linked.admin, file), 'utf8').catch(none)) ?? '').split('\n'));
  // References that belong to this worktree alone and go with it.
  noted.push(
    ...(
      await git.text({
        ...own,
        args: ['for-each-ref', '--format=%(objectname)', 'refs/worktree', 'refs/rewritten', 'refs/bisect'],
        kind: 'read',
      })
    ).split('\n'),
  );
  const tips: string[] = [];
  for (const name of new Set(noted.filter((line) => /^[0-9a-f]{40,64}$/.test(line)))) {
    const commit = await git.maybe({ ...own, args: ['rev-parse', '--verify', '--quiet', `${name}^{commit}`], kind: 'read' });
    if (commit !== null) tips.push(commit);
  }
  return tips;
}

async function commitState(
  shop: Workshop,
  about: { readonly given: PreserveGiven; readonly tree: string | null; readonly parents: readonly string[] },
): Promise<string> {
  const { git, common } = shop;
  const { given, parents } = about;
  const tree = about.tree ?? (await treeOf(git, { common, commit: parents[0] ?? '' }));
  const what = given.linked === null ? `branch ${given.doomed?.branch ?? ''}` : given.linked.path;
  return commitTree(git, { common, tree, parents, message: `Saved by Yardmaster before it removed ${what} (attempt ${given.attempt})` });
}

async function commitTree(
  git: Git,
  given: { readonly common: string; readonly tree: string; readonly parents: readonly string[]; readonly message: string },
): Promise<string> {
  const at = shared(given.common);
  const parents = [...new Set(given.parents)].flatMap((parent) => ['-p', parent]);
  return git.text({
    cwd: at.cwd,
    env: { ...at.env, ...(await identity(git, at)) },
    args: ['commit-tree', '--no-gpg-sign', ...parents, given.tree],
    input: given.message,
  });
}

async function treeOf(git: Git, given: { readonly common: string; readonly commit: string }): Promise<string> {
  return git.text({ ...shared(given.common), args: ['rev-parse', '--verify', `${given.commit}^{tree}`], kind: 'read' });
}

/** Without those that another one of them contains. */
async function independent(git: Git, given: { readonly common: string; readonly commits: readonly string[] }): Promise<readonly string[]> {
  if (given.commits.length < 2) return given.commits;
  return (await git.text({ ...shared(given.common), args: ['merge-base', '--independent', ...given.commits], kind: 'read' })).split('\n');
}

async function dropNested(shop: Workshop): Promise<void> {
  const listed = await shop.git.maybe({
    ...shared(shop.common),
    args: ['for-each-ref', '--format=delete %(refname)', shop.refs],
    kind: 'read',
  });
  if (listed) await shop.git.run({ ...shared(shop.common), args: ['update-ref', '--stdin'], input: `${listed}\n` });
}
