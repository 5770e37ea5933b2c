// Reads a pull request as GraphQL describes it. Wherever GitHub says UNKNOWN or leaves something out, the fact is null: it is
// still being computed, and nothing may be decided from it.
import type { PullRequest } from '../../../core/delivery/pull-facts.ts';
import type { Instant } from '../../../core/time.ts';
import { fields, list, text, type Fields } from '../../../lib/fields.ts';

/** Null if the answer is no pull request. */
export function pullOf(value: unknown): PullRequest | null {
  const node = fields(value);
  const [id, url, state, commit] = [text(node?.['id']), text(node?.['url']), stateOf(node?.['state']), text(node?.['headRefOid'])];
  const number = node?.['number'];
  if (node === null || id === null || url === null || state === null || commit === null || typeof number !== 'number') return null;
  const status = text(node['mergeStateStatus']);
  return {
    ...{ id, number, url, state },
    draft: node['isDraft'] === true,
    title: text(node['title']) ?? '',
    body: text(node['body']) ?? '',
    author: loginOf(node['author']),
    head: { commit, branch: text(node['headRefName']) ?? '', repository: text(fields(node['headRepository'])?.['nameWithOwner']) },
    base: { branch: text(node['baseRefName']) ?? '' },
    mergeable: mergeableOf({ mergeable: text(node['mergeable']), status }),
    behind: status === 'BEHIND',
    blocked: status === 'BLOCKED',
    review: reviewOf(node),
    inQueue: node['isInMergeQueue'] === true,
    mergedCommit: state === 'merged' ? text(fields(node['mergeCommit'])?.['oid']) : null,
    endedBy: state === 'open' ? null : (loginOf(node['mergedBy']) ?? loginOf(fields(lastOf(node['closings']))?.['actor'])),
    updatedAt: instantOf(node['updatedAt']) ?? 0,
  };
}

/** When it was last thrown out of a merge queue. */
export function ejectedAtOf(node: Fields): Instant | null {
  return instantOf(fields(lastOf(node['ejections']))?.['createdAt']);
}

/** Bots have names of their own, with an ending that no person's name can have. */
export function loginOf(value: unknown): string | null {
  const login = text(fields(value)?.['login']);
  return login !== null && isBot(value) && !login.endsWith('[bot]') ? `${login}[bot]` : login;
}

export function isBot(value: unknown): boolean {
  return fields(value)?.['__typename'] === 'Bot';
}

export function instantOf(value: unknown): Instant | null {
  const at = Date.parse(text(value) ?? '');
  return Number.isFinite(at) ? at : null;
}

export function nodesOf(connection: unknown): readonly unknown[] {
  return list(fields(connection)?.['nodes']);
}

function lastOf(connection: unknown): unknown {
  return nodesOf(connection).at(-1);
}

function stateOf(value: unknown): PullRequest['state'] | null {
  if (value === 'OPEN') return 'open';
  if (value === 'MERGED') return 'merged';
  return value === 'CLOSED' ? 'closed' : null;
}

/** While the status is unknown, GitHub has not compared the present head with the present base yet. */
function mergeableOf({ mergeable, status }: { readonly mergeable: string | null; readonly status: string | null }): boolean | null {
  if (mergeable === 'CONFLICTING' || status === 'DIRTY') return false;
  if (mergeable !== 'MERGEABLE' || status === 'UNKNOWN') return null;
  return true;
}

/** Where no rule demands a review, GitHub decides nothing: then the reviews of those who may write to the repository count. */
function reviewOf(node: Fields): PullRequest['review'] {
  const decision = text(node['reviewDecision']);
  if (decision === 'APPROVED') return 'approved';
  if (decision === 'CHANGES_REQUESTED') return 'changes';
  const states = nodesOf(node['latestOpinionatedReviews']).map((review) => fields(review)?.['state']);
  if (states.includes('CHANGES_REQUESTED')) return 'changes';
  if (decision === 'REVIEW_REQUIRED') return 'requested';
  if (states.includes('APPROVED')) return 'approved';
  return Number(fields(node['reviewRequests'])?.['totalCount'] ?? 0) > 0 ? 'requested' : 'none';
}
