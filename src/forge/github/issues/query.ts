// The GraphQL texts that ask for issues. A first query finds the ids, a second one asks how those issues are, and a third one
// asks for the past of those that have changed: so a read of two hundred issues costs few points.
import type { ForgeRepository } from '../../../core/delivery/pull-facts.ts';
import { slug } from '../desk.ts';
import { rateLimit } from '../pulls/query.ts';
import type { Query } from '../request/client.ts';
import { parts, type Part } from './parts.ts';

/** One list of issues, from a page on. */
export interface Listing {
  /** Of GitHub's arguments, such as `states: OPEN, labels: [$l0]`. */
  readonly choice: string;
  readonly after: string | null;
}

const pageOfIds = 'nodes { id } pageInfo { hasNextPage endCursor }';
const pull = 'id number title body state createdAt author { login __typename } authorAssociation';

/** Answers with a list for each listing, and with one issue or pull request for each number. */
export function findQuery(given: {
  readonly repository: ForgeRepository;
  readonly listings: readonly Listing[];
  readonly numbers: readonly number[];
  readonly variables: Readonly<Record<string, string>>;
}): Query {
  const { repository, listings, numbers, variables } = given;
  const names = Object.keys(variables).map((name) => `, $${name}: ${name === 'since' ? 'DateTime' : 'String'}!`);
  const cursors = Object.fromEntries(listings.map(({ after }, index) => [`a${index}`, after]));
  const lists = listings.map(({ choice }, index) => `i${index}: issues(first: 100, after: $a${index}, ${choice}) { ${pageOfIds} }`);
  const items = numbers.map(
    (number) => `n${number}: issueOrPullRequest(number: ${number}) { __typename ... on Issue { id } ... on PullRequest { ${pull} } }`,
  );
  const after = Object.keys(cursors).map((name) => `, $${name}: String`);
  const query = `query($owner: String!, $name: String!${names.join('')}${after.join('')})
    { repository(owner: $owner, name: $name) { id ${lists.join(' ')} ${items.join(' ')} } ${rateLimit} }`;
  return {
    query: plain(query),
    with: { owner: repository.owner, name: repository.name, ...variables, ...cursors },
    of: slug(repository),
    right: 'issues: read',
  };
}

/** Fields of issues that an older GitHub Enterprise lacks: dependencies, and sub-issues. */
export const laterFields = ['blockedBy', 'parent'] as const;
export type Without = ReadonlySet<(typeof laterFields)[number]>;

const past = 'RENAMED_TITLE_EVENT, LABELED_EVENT, CLOSED_EVENT, REOPENED_EVENT, CONVERTED_TO_DISCUSSION_EVENT';

/** How issues are, and marks that change with every change of their past. */
export function statesQuery({
  repository,
  ids,
  without,
}: {
  repository: ForgeRepository;
  ids: readonly string[];
  without: Without;
}): Query {
  const blockedBy = without.has('blockedBy') ? '' : 'blockedBy(first: 100) { nodes { number repository { nameWithOwner } } }';
  const parent = without.has('parent') ? '' : 'parent { number repository { nameWithOwner } }';
  const query = `query($ids: [ID!]!) { nodes(ids: $ids) { ... on Issue {
    id number title body state stateReason(enableDuplicate: true) createdAt updatedAt lastEditedAt includesCreatedEdit
    author { login __typename } authorAssociation repository { nameWithOwner }
    labels(first: 100) { nodes { name } } assignees(first: 20) { nodes { login } } ${blockedBy} ${parent}
    editMark: userContentEdits(first: 1) { totalCount nodes { id } }
    commentMark: comments(first: 1, orderBy: { field: UPDATED_AT, direction: DESC }) { totalCount nodes { id updatedAt } }
    pastMark: timelineItems(last: 1, itemTypes: [${past}]) { totalCount nodes { ... on Node { id } } }
  } } ${rateLimit} }`;
  return { query: plain(query), with: { ids }, of: slug(repository), right: 'issues: read', points: Math.ceil((ids.length * 6) / 100) };
}

/** The past of issues, or a further page of some parts of it. */
export function pastQuery(given: {
  readonly repository: ForgeRepository;
  readonly ids: readonly string[];
  readonly names: readonly Part[];
  readonly at: string | null;
}): Query {
  const { repository, ids, names, at } = given;
  const fields = names.map(
    (name) =>
      `${name}: ${parts[name].of} { nodes { ${parts[name].nodes} } pageInfo { hasNextPage endCursor hasPreviousPage startCursor } }`,
  );
  return {
    query: plain(`query($ids: [ID!]!, $at: String) { nodes(ids: $ids) { ... on Issue { id ${fields.join(' ')} } } ${rateLimit} }`),
    with: { ids, at },
    of: slug(repository),
    right: 'issues: read',
    points: Math.ceil((ids.length * names.length) / 100),
  };
}

function plain(query: string): string {
  return query.replaceAll(/\s+/g, ' ');
}
