// What all views of GraphQL share: who looks, people, and the pages of a connection. A view is an object whose fields have the
// names of GitHub's schema, computed when a query asks for them. A field that a view lacks is reported by the executor;
// nothing is ever answered with a silent null.
import { nodeId } from './node-id.ts';
import type { Issue, Pull, Repository, Token, World } from './state.ts';
import { account } from './state.ts';

export interface Viewing {
  readonly world: World;
  readonly token: Token;
  /** Pull requests whose mergeability this request asked for. */
  readonly asked: Set<Pull>;
  /** What other views show along with their own things: composed where a query is answered. */
  readonly show: Show;
}

export interface Show {
  repository(repository: Repository): View;
  commit(repository: Repository, sha: string): View;
  ref(repository: Repository, branch: string): View | null;
  queue(repository: Repository, branch: string): View | null;
  pull(pull: Pull): View;
  issue(issue: Issue): View;
  /** Its place in a queue. */
  entry(pull: Pull): View | null;
}

export type View = { readonly __typename: string } & Record<string, unknown>;
export type Args = Readonly<Record<string, unknown>>;

/** The part of the items that `first`, `after`, `last` and `before` ask for. Cursors are positions. */
export function connection<T>(
  items: readonly T[],
  args: Args,
  { edge = () => ({}) }: { readonly edge?: (item: T) => object } = {},
): object {
  const at = (cursor: unknown): number => Number(Buffer.from(String(cursor), 'base64').toString().replace('cursor:', ''));
  let from = typeof args['after'] === 'string' ? at(args['after']) + 1 : 0;
  let to = typeof args['before'] === 'string' ? at(args['before']) : items.length;
  if (typeof args['first'] === 'number') to = Math.min(to, from + args['first']);
  if (typeof args['last'] === 'number') from = Math.max(from, to - args['last']);
  const nodes = items.slice(from, to);
  const cursor = (index: number): string => Buffer.from(`cursor:${index}`).toString('base64');
  return {
    nodes,
    edges: nodes.map((node, index) => ({ node, cursor: cursor(from + index), ...edge(node) })),
    totalCount: items.length,
    pageInfo: {
      ...{ hasNextPage: to < items.length, hasPreviousPage: from > 0 },
      ...{ startCursor: nodes.length === 0 ? null : cursor(from), endCursor: nodes.length === 0 ? null : cursor(to - 1) },
    },
  };
}

/** A person. GraphQL writes the login of a bot without the `[bot]` that REST has. */
export function actorView(viewing: Viewing, name: string | null): View | null {
  if (name === null) return null;
  const { login, id, kind } = account(viewing.world, name);
  const shown = kind === 'bot' ? login.replace(/\[bot\]$/, '') : login;
  const type = { user: 'User', bot: 'Bot', organization: 'Organization' } as const;
  return {
    __typename: type[kind],
    id: nodeId(type[kind], id),
    databaseId: id,
    login: shown,
    name: shown,
    url: `${viewing.world.url}/${shown}`,
    resourcePath: `/${shown}`,
    avatarUrl: `${viewing.world.url}/avatars/u/${id}`,
    email: '',
    isViewer: login === viewing.token.login,
    createdAt: '2020-01-01T00:00:00Z',
    ...{ updatedAt: '2020-01-01T00:00:00Z' },
  };
}
