// A GitHub host of a few lines for tests of the request layer: it records what it was sent, signs in the account `ada`, and
// answers as it is told. And a vault of fixed secrets, a clock that the test moves, and an account that is signed in.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Fault } from '../../core/fault.ts';
import type { Env } from '../../core/security/environment.ts';
import type { Reference } from '../../core/own/mcp.ts';
import type { ForgeAccount } from '../../ports/forge.ts';
import { github } from './adapter.ts';
import type { GithubWorld } from './sign-in.ts';

export const token = 'ghp_TheTokenOfTheTests0123456789abcdef';

export interface Received {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The connection breaks instead of an answer. */
  readonly breaks?: boolean;
  /** No answer comes until this resolves. */
  readonly after?: Promise<unknown>;
}

export interface TinyHost {
  readonly host: string;
  readonly received: readonly Received[];
  answer(reply: (asked: Received) => Reply): void;
  close(): Promise<void>;
}

export async function tinyHost(): Promise<TinyHost> {
  const received: Received[] = [];
  let reply = ({ path }: Received): Reply =>
    path === '/api/v3/user' ? { body: { login: 'ada' } } : { status: 404, body: { message: 'Not Found' } };
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const asked = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: body === '' ? null : (JSON.parse(body) as unknown),
      };
      received.push(asked);
      const { status = 200, headers = {}, body: answer = {}, breaks = false, after } = reply(asked);
      await after;
      if (breaks) return void request.socket.destroy();
      response.writeHead(status, { 'content-type': typeof answer === 'string' ? 'text/plain' : 'application/json', ...headers });
      response.end([204, 304].includes(status) ? undefined : typeof answer === 'string' ? answer : JSON.stringify(answer));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: (next) => {
      reply = next;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function clockAt(start: number): GithubWorld['clock'] & { at: number } {
  const clock = { at: start, now: () => clock.at, lease: () => ({ boot: 'b', ms: clock.at, wall: clock.at }) };
  return clock;
}

/** Gives the values of these references, and masks them. */
export function vaultOf(values: Readonly<Record<string, string>>): GithubWorld['vault'] & { readonly asked: readonly Reference[] } {
  const asked: Reference[] = [];
  return {
    asked,
    value: async ({ reference, of }) => {
      asked.push(reference);
      const value = values[`${reference.kind}:${reference.of}`];
      if (value !== undefined) return value;
      throw new Fault({ code: 'secret-missing', message: `the secret of ${of} is missing`, hint: 'set it' });
    },
    masked: (data) => JSON.parse(JSON.stringify(data).replaceAll(token, 'MASKED')) as typeof data,
  };
}

export function worldWith(more: {
  readonly env?: Env;
  readonly values?: Readonly<Record<string, string>>;
  readonly clock?: GithubWorld['clock'];
}): GithubWorld {
  const { env = {}, values = { 'env:T': token }, clock = clockAt(1_000_000_000_000) } = more;
  return { vault: vaultOf(values), env, clock, retryAfterMs: 1 };
}

/** An account that is signed in at the tiny host. */
export async function accountAt(
  { host }: TinyHost,
  given: { readonly clock?: GithubWorld['clock']; readonly pointsPerHour?: number } = {},
): Promise<ForgeAccount> {
  const { pointsPerHour = 1500, ...more } = given;
  const signal = new AbortController().signal;
  const signedIn = await github(worldWith(more)).signIn({ host, hosts: [host], secret: 'env:T', pointsPerHour, signal });
  if (!signedIn.signedIn) throw new Error(signedIn.message);
  return signedIn.account;
}
