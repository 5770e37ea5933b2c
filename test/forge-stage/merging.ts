// Real merges into the bare repository, and what GitHub does along with them: the pull request is merged, the issues that it
// closes are closed, its branch is deleted where the repository says so, and pull requests on that branch get its base.
import { observe } from './branches.ts';
import { baseCommit, branchCommit, mergeable, mergeState, missing } from './merge-rules.ts';
import { finish } from './pull-ends.ts';
import type { Person } from './bare-repository.ts';
import type { Issue, MergeMethod, Pull, Repository } from './state.ts';
import { account, fullName, isPull, note, nowOf } from './state.ts';

export interface Merging {
  readonly by: string;
  readonly method: MergeMethod;
  readonly title: string | null;
  readonly message: string | null;
}

/** `moved`: the head is another one. `refused`: GitHub says why. */
export type MergeOutcome = { readonly sha: string } | { readonly moved: string } | { readonly refused: string };

/** `head`: the commit that must be merged; null: whatever the branch has. `queue`: the merge queue itself merges. */
export function tryMerge(pull: Pull, given: Merging & { readonly head: string | null; readonly queue?: boolean }): MergeOutcome {
  const refused = refusal(pull, given);
  if (refused !== null) return { refused };
  if (given.head !== null && (given.head !== pull.shown || given.head !== branchCommit(pull)))
    return { moved: 'Head branch was modified. Review and try the merge again.' };
  const sha = merge(pull, given);
  return sha === null ? { refused: "This branch can't be rebased" } : { sha };
}

function refusal(pull: Pull, { method, queue = false }: { readonly method: MergeMethod; readonly queue?: boolean }): string | null {
  const { repository } = pull;
  if (pull.state === 'closed') return 'Pull Request is not mergeable';
  if (pull.draft) return 'Pull Request is still a draft';
  if (mergeable(pull) !== 'MERGEABLE') return 'Pull Request is not mergeable';
  if (repository.queues.has(pull.base) && !queue) return 'Repository rule violations found\n\nChanges must be made through the merge queue';
  if (!repository.methods.includes(method)) {
    const name = { merge: 'Merge commits', squash: 'Squash merges', rebase: 'Rebase merges' }[method];
    return `${name} are not allowed on this repository.`;
  }
  // A queue brings its entries up to date itself.
  return missing(pull) ?? (!queue && mergeState(pull) === 'BEHIND' ? 'The head branch is not up to date with the base branch.' : null);
}

/** Null where a rebase conflicts that a merge would not. */
function merge(pull: Pull, { by, method, title, message }: Merging): string | null {
  const { repository } = pull;
  const base = baseCommit(pull);
  if (base === null) return null;
  const sha = mergedCommit(pull, { by, method, title, message, base });
  if (sha === null) return null;
  repository.bare.move({ ref: `refs/heads/${pull.base}`, to: sha, old: base });
  pull.merged = { by, at: nowOf(repository.world), commit: sha, base };
  finish(pull, by);
  note(pull, { event: 'merged', actor: by, commit: sha });
  note(pull, { event: 'closed', actor: by, commit: sha });
  if (pull.base === repository.defaultBranch) closeIssues(pull, { by, sha });
  if (repository.deleteBranchOnMerge && pull.head.repository === repository) leaveBranch(pull, by);
  observe(repository.world);
  return sha;
}

function mergedCommit(pull: Pull, given: Merging & { readonly base: string }): string | null {
  const { by, method, base } = given;
  const { bare, world } = pull.repository;
  const tree = bare.merged(base, pull.shown);
  if (tree === null) return null;
  const date = nowOf(world);
  if (method === 'rebase') return bare.rebased({ base, head: pull.shown, by: personOf(pull.repository, by), date });
  const [title, body] =
    method === 'squash'
      ? [`${pull.title} (#${pull.number})`, squashed(pull, base)]
      : [`Merge pull request #${pull.number} from ${pull.head.owner}/${pull.head.branch}`, pull.title];
  const message = `${given.title ?? title}\n\n${given.message ?? body}`.trimEnd();
  const author = personOf(pull.repository, method === 'squash' ? pull.author : by);
  return bare.make({ tree, parents: method === 'squash' ? [base] : [base, pull.shown], message, author, date });
}

function squashed(pull: Pull, base: string): string {
  const commits = pull.repository.bare.between(base, pull.shown);
  if (commits.length === 1) return (commits[0]?.message ?? '').split('\n').slice(1).join('\n').trim();
  return commits.map((commit) => `* ${commit.message}`).join('\n\n');
}

export function personOf(repository: Repository, login: string): Person {
  const { id } = account(repository.world, login);
  return { name: login, email: `${id}+${login}@users.noreply.github.com` };
}

/** GitHub gives pull requests on a branch that it deletes after a merge the merged one's base, instead of closing them. */
function leaveBranch(pull: Pull, by: string): void {
  const { repository } = pull;
  for (const other of repository.items.values()) {
    if (!isPull(other) || other.state === 'closed' || other.base !== pull.head.branch) continue;
    note(other, { event: 'automatic_base_change_succeeded', actor: by, more: { from: other.base, to: pull.base } });
    other.base = pull.base;
  }
  repository.bare.git(['update-ref', '-d', `refs/heads/${pull.head.branch}`]);
  note(pull, { event: 'head_ref_deleted', actor: by });
}

const closing = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:([\w.-]+\/[\w.-]+))?#(\d+)/gi;

/** The open issues of this repository that the texts say they close. */
export function closes(pull: Pull): readonly Issue[] {
  const commits = pull.repository.bare.between(pull.merged?.base ?? baseCommit(pull) ?? pull.shown, pull.shown);
  const text = [pull.body ?? '', ...commits.map((commit) => commit.message)].join('\n');
  const numbers = [...text.matchAll(closing)]
    .filter(([, elsewhere]) => elsewhere === undefined || elsewhere.toLowerCase() === fullName(pull.repository).toLowerCase())
    .map(([, , number]) => Number(number));
  const items = [...new Set(numbers)].map((number) => pull.repository.items.get(number));
  return items.filter((item): item is Issue => item !== undefined && !isPull(item));
}

function closeIssues(pull: Pull, { by, sha }: { readonly by: string; readonly sha: string }): void {
  for (const issue of closes(pull)) {
    if (issue.state === 'closed') continue;
    issue.state = 'closed';
    issue.stateReason = 'completed';
    issue.closedAt = nowOf(pull.repository.world);
    issue.closedBy = by;
    note(issue, { event: 'closed', actor: by, commit: sha });
  }
}
