// Finds the ids of the issues that a read asks for: those that changed, the open ones with a label, and those of numbers.
import type { ForgeRepository } from '../../../core/delivery/pull-facts.ts';
import type { Issue } from '../../../core/sync/sync-facts.ts';
import type { Instant } from '../../../core/time.ts';
import { fields, text, type Fields } from '../../../lib/fields.ts';
import type { Desk } from '../desk.ts';
import { instantOf, loginOf, nodesOf } from '../pulls/pull.ts';
import { answered, repositoryGone } from './answered.ts';
import { findQuery, type Listing } from './query.ts';

export interface Wanted {
  readonly repository: ForgeRepository;
  readonly labels: readonly string[];
  readonly since: Instant | null;
  readonly numbers: readonly number[];
}

export interface Found {
  readonly ids: ReadonlySet<string>;
  readonly pulls: readonly Issue[];
  /** The numbers at which there is no issue any more. */
  readonly missing: readonly number[];
}

/** Numbers in one query. */
const atOnce = 100;

export async function find(desk: Desk, { repository, labels, since, numbers }: Wanted): Promise<Found> {
  const variables = {
    ...Object.fromEntries(labels.map((label, index) => [`l${index}`, label])),
    ...(since === null ? {} : { since: new Date(since).toISOString() }),
  };
  const ids = new Set<string>();
  const pulls: Issue[] = [];
  const missing: number[] = [];
  // One list for each label: GitHub does not say whether a list of several labels means all of them or any.
  let listings: readonly Listing[] = [
    ...labels.map((_, index) => ({ choice: `states: OPEN, labels: [$l${index}]`, after: null })),
    ...(since === null ? [] : [{ choice: 'filterBy: { since: $since }, orderBy: { field: UPDATED_AT, direction: ASC }', after: null }]),
  ];
  let rest = [...new Set(numbers)];
  do {
    const now = rest.slice(0, atOnce);
    rest = rest.slice(atOnce);
    const used = listings.map(({ choice }) => choice).join(' ');
    const needed = Object.fromEntries(Object.entries(variables).filter(([name]) => used.includes(`$${name}`)));
    const data = await answered(desk, { repository, query: findQuery({ repository, listings, numbers: now, variables: needed }) });
    const found = fields(data['repository']);
    if (found === null) throw repositoryGone(repository);
    for (const number of now) {
      const item = fields(found[`n${number}`]);
      const id = text(item?.['id']);
      if (item === null || id === null) missing.push(number);
      else if (item['__typename'] === 'Issue') ids.add(id);
      else pulls.push(pullOf(item, number));
    }
    for (const [index] of listings.entries()) for (const id of idsIn(found[`i${index}`])) ids.add(id);
    listings = listings.flatMap(({ choice }, index) => {
      const page = fields(fields(found[`i${index}`])?.['pageInfo']);
      return page?.['hasNextPage'] === true ? { choice, after: text(page['endCursor']) } : [];
    });
  } while (rest.length > 0 || listings.length > 0);
  return { ids, pulls, missing };
}

function idsIn(connection: unknown): readonly string[] {
  return nodesOf(connection).flatMap((node) => text(fields(node)?.['id']) ?? []);
}

/** As little as is needed to see that it is a pull request. */
function pullOf(item: Fields, number: number): Issue {
  const [title, body] = [text(item['title']) ?? '', text(item['body']) ?? ''];
  const state = item['state'] === 'OPEN' ? 'open' : 'closed';
  const by = { login: loginOf(item['author']) ?? 'ghost', association: text(item['authorAssociation']) ?? 'NONE' };
  return {
    ...{ number, title, body, state, reason: state === 'open' ? null : 'completed', closedBy: null, reopenedBy: null },
    ...{ labels: [], assignees: [], labelled: null, isPull: true, dependencies: null, parent: null, comment: null },
    revisions: [{ by, at: instantOf(item['createdAt']) ?? 0, title, body }],
  };
}
