// What can be done with a pull request, by whichever way: REST, GraphQL, or a person in a test. Each act refuses what GitHub
// refuses, with its words.
import { observe } from './branches.ts';
import { baseCommit, branchCommit, isBehind, mergeState } from './merge-rules.ts';
import { personOf } from './merging.ts';
import { close, keepHead, leaveQueue } from './pull-ends.ts';
import { invalid, notFound, Refusal } from './refusal.ts';
import type { MergeMethod, Pull, Repository } from './state.ts';
import { fullName, isPull, nextId, note, nowOf, pullsOf } from './state.ts';

export interface Opening {
  readonly by: string;
  /** `branch` or `owner:branch`. */
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body: string | null;
  readonly draft: boolean;
}

export function openPull(repository: Repository, given: Opening): Pull {
  const { by, base, title, body, draft } = given;
  const { world } = repository;
  observe(world);
  const head = findHead(repository, given.head);
  const tip = head.repository.seen.get(head.branch);
  if (tip === undefined) throw invalid({ resource: 'PullRequest', field: 'head', code: 'invalid' });
  const target = repository.seen.get(base);
  if (target === undefined) throw invalid({ resource: 'PullRequest', field: 'base', code: 'invalid' });
  if (pullsOf(repository).some((pull) => pull.state === 'open' && pull.base === base && sameHead(pull, head)))
    throw custom(`A pull request already exists for ${head.owner}:${head.branch}.`);
  const pull: Pull = {
    ...newItem(repository, { by, title, body }),
    kind: 'pull',
    head,
    shown: tip,
    base,
    draft,
    reviews: [],
    threads: [],
    requested: [],
    merged: null,
    autoMerge: null,
    queued: null,
    ...{ final: false, maintainerCanModify: true, unknown: repository.unknownReads, asked: new Map() },
  };
  keepHead(pull, tip);
  if (repository.bare.contains({ commit: tip, within: target })) throw custom(`No commits between ${base} and ${head.branch}`);
  repository.items.set(pull.number, pull);
  return pull;
}

const custom = (message: string): Refusal => invalid({ resource: 'PullRequest', code: 'custom', message });

/** The fields that issues and pull requests have in common. Takes the next number of the repository. */
export function newItem(repository: Repository, given: { readonly by: string; readonly title: string; readonly body: string | null }) {
  const { world } = repository;
  const at = nowOf(world);
  return {
    ...{ id: nextId(world), number: Math.max(0, ...repository.items.keys()) + 1, repository, author: given.by },
    ...{ title: given.title, body: given.body, state: 'open' as const, stateReason: null, labels: [], assignees: [], locked: false },
    ...{ comments: [], events: [], createdAt: at, updatedAt: at, closedAt: null, closedBy: null },
    ...{ subIssues: [], parent: null, blockedBy: [], edits: [], gone: null },
  };
}

function findHead(repository: Repository, name: string): { repository: Repository; owner: string; branch: string } {
  const colon = name.indexOf(':');
  if (colon < 0) return { repository, owner: repository.owner, branch: name };
  const owner = name.slice(0, colon);
  const branch = name.slice(colon + 1);
  const family = [...repository.world.repositories.values()].filter((other) => other === repository || other.parent === repository);
  const found = family.find((other) => other.owner.toLowerCase() === owner.toLowerCase());
  if (found === undefined) throw invalid({ resource: 'PullRequest', field: 'head', code: 'invalid' });
  return { repository: found, owner: found.owner, branch };
}

function sameHead(pull: Pull, head: { readonly repository: Repository; readonly branch: string }): boolean {
  return pull.head.repository === head.repository && pull.head.branch === head.branch;
}

export function pullOf(repository: Repository, number: number): Pull {
  const item = repository.items.get(number);
  if (item === undefined || !isPull(item) || item.gone !== null) throw notFound();
  return item;
}

export interface Edit {
  readonly by: string;
  readonly title?: string;
  readonly body?: string | null;
  readonly state?: 'open' | 'closed';
  readonly base?: string;
}

export function editPull(pull: Pull, { by, title, body, state, base }: Edit): void {
  if (base !== undefined && base !== pull.base) retarget(pull, { by, base });
  if (title !== undefined && title !== pull.title) {
    note(pull, { event: 'renamed', actor: by, more: { from: pull.title, to: title } });
    pull.title = title;
  }
  if (body !== undefined) pull.body = body;
  if (state === 'closed' && pull.state === 'open') close(pull, { by, because: null });
  if (state === 'open' && pull.state === 'closed') reopen(pull, by);
  pull.updatedAt = nowOf(pull.repository.world);
}

function retarget(pull: Pull, { by, base }: { readonly by: string; readonly base: string }): void {
  const { repository } = pull;
  const tip = repository.seen.get(base);
  if (pull.state === 'closed') throw custom('Cannot change the base branch of a closed pull request.');
  if (tip === undefined) throw invalid({ resource: 'PullRequest', field: 'base', code: 'invalid' });
  if (
    pullsOf(repository).some(
      (other) =>
        other !== pull &&
        other.state === 'open' &&
        other.base === base &&
        other.head.repository === pull.head.repository &&
        other.head.branch === pull.head.branch,
    )
  )
    throw custom(`A pull request already exists for base branch '${base}' and head branch '${pull.head.branch}'`);
  if (repository.bare.contains({ commit: pull.shown, within: tip }))
    throw custom(`There are no new commits between base branch '${base}' and head branch '${pull.head.branch}'`);
  note(pull, { event: 'base_ref_changed', actor: by, more: { from: pull.base, to: base } });
  pull.base = base;
  pull.unknown = Math.max(pull.unknown, repository.unknownReads);
  if (pull.queued !== null) leaveQueue(pull, { by, reason: 'base_changed' });
}

function reopen(pull: Pull, by: string): void {
  if (pull.merged !== null || pull.final || baseCommit(pull) === null)
    throw custom(`state cannot be changed. The ${pull.base} branch has been deleted.`);
  const head = branchCommit(pull);
  if (head === null) throw custom(`state cannot be changed. The ${pull.head.branch} branch has been deleted.`);
  if (head !== pull.shown && !pull.repository.bare.contains({ commit: pull.shown, within: head }))
    throw custom(`state cannot be changed. The ${pull.head.branch} branch was force-pushed or recreated.`);
  keepHead(pull, head);
  pull.state = 'open';
  pull.closedAt = null;
  pull.closedBy = null;
  note(pull, { event: 'reopened', actor: by });
}

export function setDraft(pull: Pull, { by, draft }: { readonly by: string; readonly draft: boolean }): void {
  if (pull.state === 'closed') throw unprocessable('Pull request is closed');
  if (pull.draft === draft) return;
  pull.draft = draft;
  note(pull, { event: draft ? 'convert_to_draft' : 'ready_for_review', actor: by });
}

export const unprocessable = (message: string): Refusal => new Refusal({ status: 422, message });

export function enableAutoMerge(
  pull: Pull,
  given: { readonly by: string; readonly method: MergeMethod; readonly head: string | null; readonly title: string | null },
): void {
  const { repository } = pull;
  if (!repository.allowAutoMerge) throw unprocessable('Pull request Auto merge is not allowed for this repository');
  if (pull.state === 'closed') throw unprocessable('Pull request is closed');
  if (given.head !== null && given.head !== pull.shown) throw unprocessable(`Head sha didn't match. Current head sha is: ${pull.shown}`);
  if (!repository.methods.includes(given.method)) throw unprocessable('Merge method is not allowed for this repository');
  const state = mergeState(pull);
  // GitHub refuses where it could merge at once, or does not know yet. The doubled words are its own.
  if (state === 'CLEAN' || state === 'UNSTABLE' || state === 'DIRTY' || state === 'UNKNOWN')
    throw unprocessable(`Pull request Pull request is in ${state.toLowerCase()} status`);
  pull.autoMerge = { by: given.by, at: nowOf(repository.world), method: given.method, title: given.title };
  note(pull, { event: 'auto_merge_enabled', actor: given.by });
}

export function disableAutoMerge(pull: Pull, by: string): void {
  if (pull.autoMerge === null) throw unprocessable("Can't disable auto-merge for this pull request.");
  pull.autoMerge = null;
  note(pull, { event: 'auto_merge_disabled', actor: by });
}

/** Brings the head up to date with its base, by a merge or by making its commits anew. */
export function updateBranch(
  pull: Pull,
  { by, head, how }: { readonly by: string; readonly head: string | null; readonly how: 'MERGE' | 'REBASE' },
): void {
  const base = baseCommit(pull);
  const target = pull.head.repository;
  if (pull.state === 'closed' || base === null || target === null) throw unprocessable('Pull request is closed');
  if (head !== null && (head !== pull.shown || head !== branchCommit(pull)))
    throw unprocessable(`expected head sha didn’t match current head ref.`);
  if (!isBehind(pull)) throw unprocessable('There are no new commits on the base branch.');
  const { bare, world } = pull.repository;
  const date = nowOf(world);
  const sha =
    how === 'REBASE' ? bare.rebased({ base, head: pull.shown, by: personOf(pull.repository, by), date }) : mergedBase(pull, { by, base });
  if (sha === null) throw unprocessable('merge conflict between base and head');
  if (target !== pull.repository) target.bare.fetch({ from: bare.path, commit: sha, ref: `refs/stage/update-${pull.number}` });
  target.bare.move({ ref: `refs/heads/${pull.head.branch}`, to: sha, old: branchCommit(pull) });
  pushingAs(pull.repository, by);
}

function mergedBase(pull: Pull, { by, base }: { readonly by: string; readonly base: string }): string | null {
  const { bare, world } = pull.repository;
  const tree = bare.merged(pull.shown, base);
  if (tree === null) return null;
  const message = `Merge branch '${pull.base}' into ${pull.head.branch}`;
  const parents = [pull.shown, base];
  const sha = bare.make({ tree, parents, message, author: personOf(pull.repository, by), date: nowOf(world) });
  // A fetch needs a ref where servers refuse a bare commit.
  bare.point(`refs/stage/update-${pull.number}`, sha);
  return sha;
}

/** Observes what this person has just moved. */
export function pushingAs({ world }: Repository, by: string): void {
  world.pushing = by;
  try {
    observe(world);
  } finally {
    world.pushing = null;
  }
}

/** Deletes a branch, as its page or the API does: pull requests that have it as their base are closed for good. */
export function deleteBranch(repository: Repository, { by, branch }: { readonly by: string; readonly branch: string }): void {
  const at = repository.seen.get(branch);
  if (at === undefined) throw unprocessable('Reference does not exist');
  if (branch === repository.defaultBranch) throw unprocessable(`Cannot delete the default branch of ${fullName(repository)}`);
  if (repository.protections.has(branch)) throw unprocessable('Cannot delete this protected branch');
  repository.bare.move({ ref: `refs/heads/${branch}`, to: null, old: at });
  for (const pull of pullsOf(repository))
    if (pull.state === 'closed' && pull.head.repository === repository && pull.head.branch === branch)
      note(pull, { event: 'head_ref_deleted', actor: by });
  pushingAs(repository, by);
}
