// Sees many pull requests at once. A first query asks for the state of all of them and costs a few points; what people said
// is only asked for where that may have changed since the last time. A repository that is gone, or a field that the token
// may not read, never fails the others.
import { repositoryName } from '../../../core/delivery/pull-facts.ts';
import { Fault } from '../../../core/fault.ts';
import { fields, text, type Fields } from '../../../lib/fields.ts';
import type { PullAt, Seen } from '../../../ports/forge.ts';
import { slug, type Desk } from '../desk.ts';
import { noteRefusals } from '../refusals.ts';
import { itemsOf } from './items.ts';
import { withOlder } from './older-items.ts';
import { ejectedAtOf, nodesOf, pullOf } from './pull.ts';
import { itemsQuery, pullsQuery, type Wanted } from './query.ts';

/** Pull requests in one query. GitHub ends a query after 10 s. */
const atOnce = 50;
/** Pull requests whose reviews and comments are asked for in one query: each may have thousands of comments. */
const itemsAtOnce = 10;

interface Found {
  readonly at: PullAt;
  readonly node: Fields;
}

export async function observe(desk: Desk, pulls: readonly PullAt[]): Promise<readonly Seen[]> {
  const chunks = Array.from({ length: Math.ceil(pulls.length / atOnce) }, (_, index) => pulls.slice(index * atOnce, (index + 1) * atOnce));
  const found = (await Promise.all(chunks.map((chunk) => statesOf(desk, chunk)))).flat();
  await rememberItems(desk, found);
  return found.flatMap(({ at, node }) => {
    const pull = pullOf(node);
    return pull === null ? [] : [{ at, pull, items: desk.items.get(pull.id)?.items ?? [], ejectedAt: ejectedAtOf(node) }];
  });
}

/** One of them, with all that is known about it; null if the forge has it no longer. */
export async function look(desk: Desk, at: PullAt): Promise<Fields | null> {
  const [found] = await statesOf(desk, [at]);
  return found?.node ?? null;
}

async function statesOf(desk: Desk, pulls: readonly PullAt[]): Promise<readonly Found[]> {
  const groups = Map.groupBy(pulls, ({ repository }) => repositoryName(repository));
  const wanted = [...groups].flatMap(([name, [first, ...more]]): readonly Wanted[] =>
    first === undefined
      ? []
      : [{ repository: first.repository, numbers: [first, ...more].map(({ number }) => number), without: desk.withoutOf(name) }],
  );
  const [first] = wanted;
  if (first === undefined) return [];
  let answer;
  try {
    answer = await desk.client.query({ ...pullsQuery(wanted), of: wanted.length === 1 ? slug(first.repository) : 'pull requests' });
  } catch (error) {
    if (pulls.length > 1 && isTooLarge(error)) return await halves(desk, pulls);
    throw error;
  }
  const { data, errors } = answer;
  const refused = noteRefusals({ desk, errors, wanted });
  if (data !== null) return wanted.flatMap((one, index) => foundIn({ one, answer: fields(data[`r${index}`]) }));
  // The whole query failed because of single fields or repositories: it is asked again without them, or one by one.
  if (refused) return await statesOf(desk, pulls);
  if (wanted.length > 1) return (await Promise.all([...groups.values()].map((group) => alone(desk, group)))).flat();
  return [];
}

function foundIn({ one, answer }: { readonly one: Wanted; readonly answer: Fields | null }): readonly Found[] {
  return one.numbers.flatMap((number) => {
    const node = fields(answer?.[`p${number}`]);
    return node === null ? [] : [{ at: { repository: one.repository, number }, node }];
  });
}

/** A repository that the token may not see at all leaves the others seen. */
async function alone(desk: Desk, pulls: readonly PullAt[]): Promise<readonly Found[]> {
  try {
    return await statesOf(desk, pulls);
  } catch (error) {
    if (error instanceof Fault && (error.code === 'forge-gone' || error.code === 'forge-refused')) return [];
    throw error;
  }
}

/** GitHub gave up: two smaller queries may be answered. */
function isTooLarge(error: unknown): boolean {
  return error instanceof Fault && error.code === 'forge-away' && (error.data['status'] === 502 || error.data['status'] === 504);
}

async function halves(desk: Desk, pulls: readonly PullAt[]): Promise<readonly Found[]> {
  const middle = Math.ceil(pulls.length / 2);
  const [before, after] = await Promise.all([statesOf(desk, pulls.slice(0, middle)), statesOf(desk, pulls.slice(middle))]);
  return [...before, ...after];
}

async function rememberItems(desk: Desk, found: readonly Found[]): Promise<void> {
  const changed = found.flatMap(({ node }) => {
    const id = text(node['id']);
    return id === null || desk.items.get(id)?.mark === markOf(node) ? [] : [{ id, mark: markOf(node) }];
  });
  const chunks = Array.from({ length: Math.ceil(changed.length / itemsAtOnce) }, (_, index) =>
    changed.slice(index * itemsAtOnce, (index + 1) * itemsAtOnce),
  );
  await Promise.all(
    chunks.map(async (chunk) => {
      const { data } = await desk.client.query({ ...itemsQuery(chunk.map(({ id }) => id)), of: 'reviews' });
      const answered = new Map(
        nodesOf({ nodes: data?.['nodes'] }).flatMap((node) => (fields(node) === null ? [] : [[text(fields(node)?.['id']), fields(node)]])),
      );
      await Promise.all(
        chunk.map(async ({ id, mark }) => {
          const node = answered.get(id);
          if (node !== undefined && node !== null) desk.items.set(id, { mark, items: itemsOf(await withOlder(desk, node)) });
        }),
      );
    }),
  );
}

/** Changes whenever somebody said something, or resolved a thread (which does not count as an update). */
function markOf(node: Fields): string {
  const count = (name: string): unknown => fields(node[name])?.['totalCount'];
  const threads = nodesOf(node['reviewThreads']).map((thread) => [fields(thread)?.['id'], fields(thread)?.['isResolved']]);
  return JSON.stringify([node['updatedAt'], count('comments'), count('reviews'), threads]);
}
