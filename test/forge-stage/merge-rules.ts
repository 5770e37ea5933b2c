// Whether a pull request can be merged, and what keeps it from it, by real merges of git and the rules of its base. The
// answers are GitHub's words: `mergeable`, `mergeStateStatus`, `reviewDecision` and the rollup of checks.
import type { CheckRun, Protection, Pull, Repository, Review, Status } from './state.ts';
import { may } from './state.ts';

export type Mergeable = 'MERGEABLE' | 'CONFLICTING' | 'UNKNOWN';
export type MergeState = 'CLEAN' | 'BEHIND' | 'BLOCKED' | 'DIRTY' | 'UNSTABLE' | 'DRAFT' | 'UNKNOWN';
export type RollupState = 'SUCCESS' | 'FAILURE' | 'PENDING' | 'ERROR' | 'EXPECTED';
export type ReviewDecision = 'APPROVED' | 'CHANGES_REQUESTED' | 'REVIEW_REQUIRED';

export const baseCommit = (pull: Pull): string | null => pull.repository.seen.get(pull.base) ?? null;

/** The commit that the head's branch has now, whatever the API shows; null if the branch is gone. */
export const branchCommit = (pull: Pull): string | null => pull.head.repository?.seen.get(pull.head.branch) ?? null;

export function protectionOf(repository: Repository, branch: string): Protection | null {
  return repository.protections.get(branch) ?? null;
}

export function mergeable(pull: Pull): Mergeable {
  if (pull.merged !== null || pull.state === 'closed') return 'UNKNOWN';
  if (pull.unknown > 0) return 'UNKNOWN';
  const base = baseCommit(pull);
  if (base === null) return 'UNKNOWN';
  if (!pull.repository.bare.related(base, pull.shown)) return 'CONFLICTING';
  return pull.repository.bare.merged(base, pull.shown) === null ? 'CONFLICTING' : 'MERGEABLE';
}

/** Counts one answer of `mergeable` that says nothing yet; called once for a request that asked. */
export function askedWhetherMergeable(pull: Pull): void {
  if (pull.unknown > 0) pull.unknown -= 1;
}

export function isBehind(pull: Pull): boolean {
  const base = baseCommit(pull);
  return base !== null && !pull.repository.bare.contains({ commit: base, within: pull.shown });
}

export function mergeState(pull: Pull): MergeState {
  const able = mergeable(pull);
  if (able === 'UNKNOWN') return 'UNKNOWN';
  if (able === 'CONFLICTING') return 'DIRTY';
  if (pull.draft) return 'DRAFT';
  if (missing(pull) !== null) return 'BLOCKED';
  if (protectionOf(pull.repository, pull.base)?.strict === true && isBehind(pull)) return 'BEHIND';
  const checks = rollup(pull.repository, pull.shown);
  return checks === null || checks === 'SUCCESS' ? 'CLEAN' : 'UNSTABLE';
}

/** The rule of the base that is not fulfilled yet, in GitHub's words; null if there is none, whether up to date or not. */
export function missing(pull: Pull): string | null {
  const protection = protectionOf(pull.repository, pull.base);
  if (protection === null) return null;
  const decision = reviewDecision(pull);
  if (decision === 'CHANGES_REQUESTED') return 'Changes were requested by a reviewer with write access.';
  if (decision === 'REVIEW_REQUIRED') {
    const few = protection.approvals === 1 ? '1 approving review is' : `${protection.approvals} approving reviews are`;
    return `At least ${few} required by reviewers with write access.`;
  }
  for (const name of protection.checks) {
    const state = requiredState(pull.repository, { sha: pull.shown, name });
    if (state === 'expected') return `Required status check "${name}" is expected.`;
    if (state === 'pending') return `Required status check "${name}" is in progress.`;
    if (state === 'red') return `Required status check "${name}" is failing.`;
  }
  if (protection.conversations && pull.threads.some((thread) => thread.resolvedBy === null))
    return 'A conversation must be resolved before this pull request can be merged.';
  return null;
}

/** Null where no review is required: GitHub then decides nothing, whatever people reviewed. */
export function reviewDecision(pull: Pull): ReviewDecision | null {
  const needed = protectionOf(pull.repository, pull.base)?.approvals ?? 0;
  if (needed === 0) return null;
  const opinions = latestOpinions(pull, { writersOnly: true });
  if (opinions.some((review) => review.state === 'CHANGES_REQUESTED')) return 'CHANGES_REQUESTED';
  return opinions.filter((review) => review.state === 'APPROVED').length >= needed ? 'APPROVED' : 'REVIEW_REQUIRED';
}

/** The last review of each person that approves, requests changes or was dismissed. */
export function latestOpinions(pull: Pull, { writersOnly }: { readonly writersOnly: boolean }): readonly Review[] {
  const last = new Map<string, Review>();
  for (const review of pull.reviews) {
    if (review.state === 'COMMENTED' || review.state === 'PENDING') continue;
    if (writersOnly && !may(pull.repository, review.author, 'write')) continue;
    last.set(review.author, review);
  }
  return [...last.values()];
}

/** The newest check run of each name and App on the commit. */
export function latestChecks(repository: Repository, sha: string): readonly CheckRun[] {
  const last = new Map<string, CheckRun>();
  for (const check of repository.checks) if (check.sha === sha) last.set(`${check.actions} ${check.name}`, check);
  return [...last.values()];
}

/** The newest status of each context on the commit. */
export function latestStatuses(repository: Repository, sha: string): readonly Status[] {
  const last = new Map<string, Status>();
  for (const status of repository.statuses) if (status.sha === sha) last.set(status.context, status);
  return [...last.values()];
}

const green: ReadonlySet<string | null> = new Set(['success', 'neutral', 'skipped']);

export function isRequired(pull: Pull, name: string): boolean {
  return protectionOf(pull.repository, pull.base)?.checks.includes(name) ?? false;
}

function requiredState(
  repository: Repository,
  { sha, name }: { readonly sha: string; readonly name: string },
): 'expected' | 'pending' | 'red' | 'green' {
  const checks = latestChecks(repository, sha).filter((check) => check.name === name);
  const statuses = latestStatuses(repository, sha).filter((status) => status.context === name);
  if (checks.length + statuses.length === 0) return 'expected';
  const red = checks.some((check) => check.status === 'completed' && !green.has(check.conclusion));
  if (red || statuses.some((status) => status.state === 'failure' || status.state === 'error')) return 'red';
  const pending = checks.some((check) => check.status !== 'completed') || statuses.some((status) => status.state === 'pending');
  return pending ? 'pending' : 'green';
}

/** All checks and statuses of a commit as one word; null if there are none. */
export function rollup(repository: Repository, sha: string): RollupState | null {
  const checks = latestChecks(repository, sha);
  const statuses = latestStatuses(repository, sha);
  if (checks.length + statuses.length === 0) return null;
  if (statuses.some((status) => status.state === 'error')) return 'ERROR';
  const failed = checks.some((check) => check.status === 'completed' && !green.has(check.conclusion));
  if (failed || statuses.some((status) => status.state === 'failure')) return 'FAILURE';
  const pending = checks.some((check) => check.status !== 'completed') || statuses.some((status) => status.state === 'pending');
  return pending ? 'PENDING' : 'SUCCESS';
}
