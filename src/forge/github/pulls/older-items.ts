// Reads on where a pull request has more reviews, threads or comments than one answer holds, so that nothing that a person
// said is missed. Each further page costs a point.
import { fields, text, type Fields } from '../../../lib/fields.ts';
import type { Desk } from '../desk.ts';
import { nodesOf } from './pull.ts';
import { inThread, listed, olderQuery, type OlderOf } from './query.ts';

/** With the first page, a thousand entries of each list. Nobody reads a pull request with more. */
const mostPages = 19;

/** The pull request with its lists as a whole. */
export async function withOlder(desk: Desk, pull: Fields): Promise<Fields> {
  const ofPull = (name: keyof typeof listed): Promise<Fields> => whole(desk, { type: 'PullRequest', name, read: listed[name], node: pull });
  const [reviews, comments, threads] = await Promise.all([ofPull('reviews'), ofPull('comments'), ofPull('reviewThreads')]);
  const nodes = await Promise.all(
    nodesOf(threads).map(async (thread) => {
      const node = fields(thread) ?? {};
      return { ...node, comments: await whole(desk, { type: 'PullRequestReviewThread', name: 'comments', read: inThread, node }) };
    }),
  );
  return { ...pull, reviews, comments, reviewThreads: { nodes } };
}

async function whole(desk: Desk, given: OlderOf & { readonly node: Fields }): Promise<Fields> {
  const { node, name } = given;
  let connection = fields(node[name]);
  const nodes = [...nodesOf(connection)];
  for (let pages = 0; pages < mostPages; pages += 1) {
    const page = fields(connection?.['pageInfo']);
    const before = text(page?.['startCursor']);
    if (page?.['hasPreviousPage'] !== true || before === null) break;
    const { data } = await desk.client.query({ query: olderQuery(given), with: { id: text(node['id']), before }, of: 'reviews' });
    connection = fields(fields(data?.['node'])?.[name]);
    nodes.unshift(...nodesOf(connection));
  }
  return { nodes };
}
