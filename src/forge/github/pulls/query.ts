// The GraphQL text that asks for pull requests. Checks are left out: many tokens may not read them, and one refused field can
// fail a whole query. Fields that a token or an older GitHub Enterprise may refuse have a name here and can be left out.
import type { ForgeRepository } from '../../../core/delivery/pull-facts.ts';

/** Each of these takes a point per hundred pull requests, if it has a list. */
const optional = {
  author: 'author { login __typename }',
  headRepository: 'headRepository { nameWithOwner }',
  headRepositoryOwner: 'headRepositoryOwner { login }',
  mergeStateStatus: 'mergeStateStatus',
  reviewDecision: 'reviewDecision',
  isInMergeQueue: 'isInMergeQueue',
  isMergeQueueEnabled: 'isMergeQueueEnabled',
  mergeCommit: 'mergeCommit { oid }',
  mergedBy: 'mergedBy { login __typename }',
  reviewRequests: 'reviewRequests(first: 1) { totalCount }',
  latestOpinionatedReviews: 'latestOpinionatedReviews(last: 20, writersOnly: true) { nodes { state } }',
  comments: 'comments(last: 1) { totalCount }',
  reviews: 'reviews(last: 1) { totalCount }',
  reviewThreads: 'reviewThreads(last: 100) { totalCount nodes { id isResolved } }',
  ejections:
    'ejections: timelineItems(last: 1, itemTypes: [REMOVED_FROM_MERGE_QUEUE_EVENT]) { nodes { ... on RemovedFromMergeQueueEvent { createdAt } } }',
  closings: 'closings: timelineItems(last: 1, itemTypes: [CLOSED_EVENT]) { nodes { ... on ClosedEvent { actor { login __typename } } } }',
} as const;

export type OptionalField = keyof typeof optional;
const names = Object.keys(optional) as OptionalField[];

/** Lists of one pull request, by GitHub's rule for points. */
const listsOfOne = 7;

export function pullFields(without: ReadonlySet<string>): string {
  const chosen = names.filter((name) => !without.has(name)).map((name) => optional[name]);
  return ['id number url state isDraft title body headRefOid headRefName baseRefName mergeable updatedAt', ...chosen].join(' ');
}

/** The field that a refused path ends in; null if it is none that can be left out. */
export function optionalField(path: readonly (string | number)[], message: string): OptionalField | null {
  return names.find((name) => path.includes(name)) ?? names.find((name) => message.includes(`'${name}'`)) ?? null;
}

export const rateLimit = 'rateLimit { cost }';

export interface Wanted {
  readonly repository: ForgeRepository;
  readonly numbers: readonly number[];
  readonly without: ReadonlySet<string>;
}

/** One query for pull requests of several repositories: `r0 { p12 … }`. */
export function pullsQuery(wanted: readonly Wanted[]): {
  readonly query: string;
  readonly with: Record<string, string>;
  readonly points: number;
} {
  const variables = wanted.map((_, index) => `$o${index}: String!, $n${index}: String!`).join(', ');
  const parts = wanted.map(({ numbers }, index) => {
    const pulls = numbers.map((number) => `p${number}: pullRequest(number: ${number}) { ...F${index} }`);
    return `r${index}: repository(owner: $o${index}, name: $n${index}) { ${pulls.join(' ')} }`;
  });
  const fragments = wanted.map(({ without }, index) => `fragment F${index} on PullRequest { ${pullFields(without)} }`);
  const count = wanted.reduce((total, { numbers }) => total + numbers.length, 0);
  return {
    query: `query(${variables}) { ${parts.join(' ')} ${rateLimit} } ${fragments.join(' ')}`,
    with: Object.fromEntries(
      wanted.flatMap(({ repository }, index) => [
        [`o${index}`, repository.owner],
        [`n${index}`, repository.name],
      ]),
    ),
    points: Math.ceil((count * listsOfOne) / 100),
  };
}

const said = 'id author { login __typename } authorAssociation body url isMinimized createdAt';

function list(name: string, read: string, more = ''): string {
  return `${name}(last: 50${more}) { nodes { ${read} } pageInfo { hasPreviousPage startCursor } }`;
}

/** What is read of a comment in a thread. */
export const inThread = `${said} originalCommit { oid } commit { oid }`;

/** What is read of each list of a pull request. */
export const listed = {
  reviews: `${said} state submittedAt commit { oid }`,
  comments: said,
  reviewThreads: `id isResolved path line originalLine ${list('comments', inThread)}`,
} as const;

/** What people said about pull requests, by their ids: of each list the last fifty entries. */
export function itemsQuery(ids: readonly string[]): {
  readonly query: string;
  readonly with: Record<string, unknown>;
  readonly points: number;
} {
  const lists = Object.entries(listed).map(([name, read]) => list(name, read));
  const query = `query($ids: [ID!]!) { nodes(ids: $ids) { ... on PullRequest { id ${lists.join(' ')} } } ${rateLimit} }`;
  return { query, with: { ids }, points: Math.ceil((ids.length * 53) / 100) };
}

export interface OlderOf {
  readonly type: 'PullRequest' | 'PullRequestReviewThread';
  readonly name: string;
  /** What is read of each entry. */
  readonly read: string;
}

/** The fifty entries of a list before those that are known. */
export function olderQuery({ type, name, read }: OlderOf): string {
  return `query($id: ID!, $before: String!) { node(id: $id) { ... on ${type} { ${list(name, read, ', before: $before')} } } ${rateLimit} }`;
}
