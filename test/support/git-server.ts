// Serves a bare repository over HTTP on loopback, by git's own program, to clients that send the right name and password.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';

export interface GitServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export async function serveRepository(
  repository: string,
  login: { readonly username: string; readonly password: string },
  /** The port, for a server that replaces a closed one; a free port by default. */
  listenAt = 0,
): Promise<GitServer> {
  const program = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');
  const expected = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  const server = createServer((request, response) => {
    if (request.headers.authorization === expected) answer({ program, repository, request, response });
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end();
  });
  server.listen(listenAt, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/${basename(repository)}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

/**
 * Answers by the Common Gateway Interface: the request is in variables and standard input, the answer with its headers on
 * standard output.
 */
function answer(given: {
  readonly program: string;
  readonly repository: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}): void {
  const { program, repository, request, response } = given;
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const env = {
    ...{
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      GIT_CONFIG_GLOBAL: process.env['GIT_CONFIG_GLOBAL'],
      GIT_CONFIG_NOSYSTEM: '1',
    },
    ...{ GIT_PROJECT_ROOT: dirname(repository), GIT_HTTP_EXPORT_ALL: '1', REMOTE_USER: 'somebody' },
    ...{ REQUEST_METHOD: request.method, PATH_INFO: url.pathname, QUERY_STRING: url.search.slice(1) },
    ...{ CONTENT_TYPE: request.headers['content-type'], HTTP_CONTENT_ENCODING: request.headers['content-encoding'] },
    HTTP_GIT_PROTOCOL: request.headers['git-protocol']?.toString(),
  };
  const child = spawn(program, [], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  request.pipe(child.stdin.on('error', () => {}));
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.once('close', () => {
    const all = Buffer.concat(chunks);
    const end = all.indexOf('\r\n\r\n');
    const headers = all
      .toString('latin1', 0, end)
      .split('\r\n')
      .map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
    const status = Number(headers.find(([name]) => name === 'Status')?.[1].slice(0, 3) ?? 200);
    response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status'))).end(all.subarray(end + 4));
  });
}
