// Fetches and pushes over HTTP by git's own program, over the bare repositories themselves.
import { execFileSync, spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { gitEnvironment } from './bare-repository.ts';
import type { Repository, Token, World } from './state.ts';
import { may } from './state.ts';
import { observe } from './branches.ts';

const program = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');

export interface GitRequest {
  readonly repository: Repository;
  /** Below the repository, such as `/info/refs`. */
  readonly path: string;
  readonly query: string;
  readonly pushes: boolean;
}

/** What the address asks git for; null if it is no address of git's. */
export function gitRequest(world: World, url: URL): GitRequest | null {
  const [, owner = '', name = '', path = ''] =
    /^\/([^/]+)\/([^/]+?)(?:\.git)?(\/info\/refs|\/git-upload-pack|\/git-receive-pack)$/.exec(url.pathname) ?? [];
  const repository = world.repositories.get(`${owner}/${name}`.toLowerCase()) ?? world.moved.get(`${owner}/${name}`.toLowerCase());
  if (repository === undefined || path === '') return null;
  const pushes = path === '/git-receive-pack' || url.searchParams.get('service') === 'git-receive-pack';
  return { repository, path, query: url.search.slice(1), pushes };
}

/** The status with which git is refused; null if it may go on. GitHub hides a repository that one may not read. */
export function gitRefusal({ repository, pushes }: GitRequest, token: Token | null): 401 | 403 | 404 | null {
  if (repository.signIn === 'never' && token === null) return null;
  const needs = repository.signIn === 'always' || repository.private || (pushes && repository.signIn === 'push');
  if (token === null) return needs ? 401 : null;
  if (!may(repository, token.login, 'read')) return 404;
  const mayPush =
    token.kind === 'classic' ? token.scopes.includes('repo') || token.scopes.includes('public_repo') : token.rights.contents === 'write';
  return pushes && (!mayPush || repository.archived || !may(repository, token.login, 'write')) ? 403 : null;
}

/** Answers by the Common Gateway Interface. Pull requests know of a push before its client does. */
export function answerGit(given: {
  readonly asked: GitRequest;
  readonly login: string | null;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The connection is lost after the effect. */
  readonly lose: boolean;
}): Promise<number> {
  const { asked, login, request, response, lose } = given;
  const { repository } = asked;
  const { world } = repository;
  const env = {
    ...gitEnvironment(),
    ...{ GIT_PROJECT_ROOT: dirname(repository.bare.path), GIT_HTTP_EXPORT_ALL: '1', REMOTE_USER: login ?? 'somebody' },
    ...{ REQUEST_METHOD: request.method, PATH_INFO: `/${repository.bare.path.split('/').at(-1)}${asked.path}`, QUERY_STRING: asked.query },
    ...{ CONTENT_TYPE: request.headers['content-type'], HTTP_CONTENT_ENCODING: request.headers['content-encoding'] },
    ...{ CONTENT_LENGTH: request.headers['content-length'], HTTP_GIT_PROTOCOL: request.headers['git-protocol']?.toString() },
  };
  const child = spawn(program, [], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  request.pipe(child.stdin.on('error', () => {}));
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => {
    child.once('error', () => resolve(fail(response)));
    child.once('close', () => {
      world.pushing = login;
      try {
        observe(world);
      } finally {
        world.pushing = null;
      }
      if (lose) response.destroy();
      resolve(lose ? 0 : send(response, Buffer.concat(chunks)));
    });
  });
}

function fail(response: ServerResponse): number {
  response.writeHead(500).end();
  return 500;
}

function send(response: ServerResponse, all: Buffer): number {
  const end = all.indexOf('\r\n\r\n');
  if (end < 0) return fail(response);
  const lines = all.toString('latin1', 0, end).split('\r\n');
  const headers = lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
  const status = Number(headers.find(([name]) => name === 'Status')?.[1].slice(0, 3) ?? 200);
  response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status'))).end(all.subarray(end + 4));
  return status;
}
