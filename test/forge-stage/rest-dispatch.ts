// Finds the route of a request to REST, checks what its token and its owner may do, and answers as GitHub does.
import type { Answer, Call, Right, Route } from './api-call.ts';
import { api, apiOf } from './rest-people-and-repositories.ts';
import { checkRoutes } from './rest-routes-checks.ts';
import { issueRoutes } from './rest-routes-issues.ts';
import { pullRoutes } from './rest-routes-pulls.ts';
import { repositoryRoutes } from './rest-routes-repositories.ts';
import { notFound, Refusal } from './refusal.ts';
import type { Repository, RightName, Token, World } from './state.ts';
import { fullName, may } from './state.ts';

/** Routes of several segments, such as `contents/{path}`, come after the more exact ones. */
export const routes: readonly Route[] = [...pullRoutes, ...issueRoutes, ...checkRoutes, ...repositoryRoutes];

const compiled = routes.map((route) => ({ route, pattern: patternOf(route.path) }));

/** A branch, a ref and a path of a file may contain slashes. */
function patternOf(path: string): RegExp {
  const source = path
    .replaceAll(/[.+]/g, '\\$&')
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => `(?<${name}>${/^(ref|branch|path|basehead)$/.test(name) ? '.+?' : '[^/]+'})`);
  return new RegExp(`^${source}$`);
}

export interface Request {
  readonly method: string;
  /** Below the API's root. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly token: Token | null;
}

export interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

export function findRoute({ method, path }: Pick<Request, 'method' | 'path'>): Found | null {
  for (const { route, pattern } of compiled) {
    const match = route.method === method ? pattern.exec(path) : null;
    if (match === null) continue;
    const params = Object.fromEntries(Object.entries(match.groups ?? {}).map(([name, text]) => [name, decodeURIComponent(text)]));
    return { route, params };
  }
  return null;
}

/** Throws a `Refusal` where GitHub refuses. */
export function dispatch(world: World, request: Request, found: Found): Answer {
  const { route, params } = found;
  const viewer = request.token?.login ?? '';
  const repository = params['owner'] === undefined ? null : repositoryAt(world, { request, params, viewer });
  if (repository !== null) authorize(repository, { request, route, viewer });
  const links: string[] = [];
  const call: Call = {
    ...{ world, token: request.token, viewer, params, query: request.query, body: asRecord(request.body) },
    get repository() {
      if (repository === null) throw notFound();
      return repository;
    },
    page: (items) => slice(items, { world, request, links }),
  };
  const answer = route.handle(call);
  return links.length === 0 ? answer : { ...answer, headers: { ...answer.headers, link: links.join(', ') } };
}

function repositoryAt(
  world: World,
  { request, params, viewer }: { readonly request: Request; readonly params: Readonly<Record<string, string>>; readonly viewer: string },
): Repository {
  const name = `${params['owner']}/${params['repo']}`.toLowerCase();
  const repository = world.repositories.get(name);
  const moved = world.moved.get(name);
  if (repository === undefined && moved !== undefined) {
    const rest = request.path.split('/').slice(4).join('/');
    const query = request.query.size === 0 ? '' : `?${request.query.toString()}`;
    // A redirect of a request that is not a GET must be repeated as it was.
    const status = request.method === 'GET' ? 301 : 307;
    throw new Refusal({
      status,
      message: 'Moved Permanently',
      location: `${api(world)}/repositories/${moved.id}${rest === '' ? '' : `/${rest}`}${query}`,
    });
  }
  if (repository === undefined || !may(repository, viewer, 'read')) throw notFound();
  const { token } = request;
  if (repository.private && token?.kind === 'classic' && !token.scopes.includes('repo')) throw notFound();
  if (repository.private && token?.repositories != null && !token.repositories.includes(fullName(repository))) throw notFound();
  return repository;
}

function authorize(
  repository: Repository,
  { request, route, viewer }: { readonly request: Request; readonly route: Route; readonly viewer: string },
): void {
  const { token } = request;
  const writes = route.method !== 'GET';
  if (token === null) {
    if (writes || route.least !== null) throw new Refusal({ status: 401, message: 'Requires authentication' });
    return;
  }
  if (token.kind === 'classic') {
    const enough = token.scopes.includes('repo') || (!repository.private && (token.scopes.includes('public_repo') || !writes));
    if (!enough) throw notFound();
  } else if (!route.rights.some((right) => hasRight(token, { right, repository }))) {
    const accepted = route.rights.map((right) => right.replace(':', '=')).join('; ');
    const whose = token.kind === 'app' ? 'integration' : 'personal access token';
    throw new Refusal({ status: 403, message: `Resource not accessible by ${whose}`, rights: accepted });
  }
  if (route.least !== null && !may(repository, viewer, route.least))
    throw new Refusal({ status: 403, message: `Must have ${route.least === 'admin' ? 'admin rights' : 'push access'} to Repository.` });
  if (writes && repository.archived) throw new Refusal({ status: 403, message: 'Repository was archived so is read-only.' });
}

export function hasRight(token: Token, { right, repository }: { readonly right: Right; readonly repository: Repository }): boolean {
  if (token.kind === 'classic') return true;
  const [name, level] = right.split(':') as [RightName, 'read' | 'write'];
  // What is public can be read without being named; check runs have no right that such a token could have.
  if (name === 'checks' && token.kind === 'fine-grained') return false;
  if (token.repositories !== null && !token.repositories.includes(fullName(repository)) && (level === 'write' || repository.private))
    return false;
  if (name === 'metadata' && level === 'read') return true;
  const has = token.rights[name];
  return has === 'write' || (has === 'read' && level === 'read');
}

function slice<T>(
  items: readonly T[],
  { world, request, links }: { readonly world: World; readonly request: Request; readonly links: string[] },
): readonly T[] {
  const size = Math.min(100, Math.max(1, Number(request.query.get('per_page') ?? 30) || 30));
  const page = Math.max(1, Number(request.query.get('page') ?? 1) || 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const to = (number: number, rel: string): void => {
    const query = new URLSearchParams(request.query);
    query.set('page', String(number));
    links.push(`<${api(world)}${request.path}?${query.toString()}>; rel="${rel}"`);
  };
  if (page > 1) to(page - 1, 'prev');
  if (page < last) to(page + 1, 'next');
  if (page < last) to(last, 'last');
  if (page > 1) to(1, 'first');
  return items.slice((page - 1) * size, page * size);
}

function asRecord(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : {};
}

/** The path below the repository's own address, for those who follow a redirect by the repository's id. */
export function byId(world: World, path: string): string {
  const [, id, rest = ''] = /^\/repositories\/(\d+)(\/.*)?$/.exec(path) ?? [];
  const repository = [...world.repositories.values()].find((one) => String(one.id) === id);
  return repository === undefined ? path : `${apiOf(repository).slice(api(world).length)}${rest}`;
}
