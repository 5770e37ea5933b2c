// The stage's server on loopback: REST, GraphQL, git and the logs of checks. Requests to the API are carried out one after
// the other, in one go each: no request sees half of another's effect.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { drift, limitedAnswer, outgoing, refusedAnswer, standardHeaders } from './answer-rest.ts';
import type { Answer } from './api-call.ts';
import { Faults } from './faults.ts';
import type { How } from './faults.ts';
import { answerGit, gitRefusal, gitRequest } from './git-transport.ts';
import type { GitRequest } from './git-transport.ts';
import { answerGraphql, limitedGraphql, readGraphql } from './graphql-answer.ts';
import { Journal } from './journal.ts';
import type { Resource } from './limits.ts';
import { settle } from './merge-queue.ts';
import { Refusal } from './refusal.ts';
import { byId, dispatch, findRoute } from './rest-dispatch.ts';
import type { Found, Request } from './rest-dispatch.ts';
import type { Token, World } from './state.ts';

export interface Serving {
  readonly world: World;
  readonly journal: Journal;
  readonly faults: Faults;
  /** Where requests or answers are otherwise than GitHub's. */
  readonly violations: string[];
}

export function makeServer(serving: Serving): Server {
  return createServer((incoming, response) => {
    handle(serving, { incoming, response }).catch((error: unknown) => {
      serving.violations.push(`the stage failed: ${error instanceof Error ? error.stack : String(error)}`);
      response.destroy();
    });
  });
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
}

async function handle(serving: Serving, exchange: Exchange): Promise<void> {
  const { incoming, response } = exchange;
  const url = new URL(incoming.url ?? '/', serving.world.url);
  const sent = tokenIn(serving.world, incoming);
  const asked = gitRequest(serving.world, url);
  if (asked !== null) await handleGit(serving, { ...exchange, asked, sent, path: url.pathname });
  else if (url.pathname.startsWith('/_logs/')) sendLog(serving.world, { url, response });
  else if (url.pathname === '/api/graphql' || url.pathname.startsWith('/api/v3')) await handleApi(serving, { ...exchange, url, sent });
  else response.writeHead(404, { 'content-type': 'text/plain' }).end('Not Found');
}

interface GitExchange extends Exchange {
  readonly asked: GitRequest;
  readonly sent: { readonly token: Token | null } | null;
  readonly path: string;
}

/** Faults reach git too: their path is that of the request, such as `/acme/app.git/git-receive-pack`. */
async function handleGit({ journal, faults }: Serving, { incoming, response, asked, sent, path }: GitExchange): Promise<void> {
  const token = sent?.token ?? null;
  const method = incoming.method ?? '';
  const entry = journal.add({ method, path, login: token?.login ?? null, body: null });
  const fault = faults.take({ method, path, body: '' });
  if (fault !== null && 'hang' in fault) return;
  if (fault !== null && 'drop' in fault && fault.drop === 'before') return void response.destroy();
  const status = fault !== null && 'status' in fault ? fault.status : null;
  const refused = status ?? (sent !== null && token === null ? 401 : gitRefusal(asked, token));
  if (refused === null) {
    const answered = await answerGit({
      asked,
      login: token?.login ?? null,
      request: incoming,
      response,
      lose: fault !== null && 'drop' in fault,
    });
    entry.status = answered === 0 ? null : answered;
  } else {
    entry.status = refused;
    response.writeHead(refused, refused === 401 ? { 'www-authenticate': 'Basic realm="GitHub"' } : {}).end();
  }
  journal.changed();
}

/** Null: nobody signs in. `token` is null where the secret is not known. */
function tokenIn(world: World, { headers }: IncomingMessage): { readonly token: Token | null } | null {
  const { authorization } = headers;
  if (authorization === undefined) return null;
  const [kind = '', value = ''] = authorization.split(' ');
  const basic = kind.toLowerCase() === 'basic' ? Buffer.from(value, 'base64').toString().split(':') : null;
  const secret = basic === null ? value : (basic[1] ?? '');
  return { token: world.tokens.get(secret) ?? world.tokens.get(basic?.[0] ?? '') ?? null };
}

function sendLog(world: World, { url, response }: { readonly url: URL; readonly response: ServerResponse }): void {
  const [, , repository, check] = url.pathname.split('/');
  const from = [...world.repositories.values()].find(({ id }) => String(id) === repository);
  const found = from?.checks.find(({ id }) => String(id) === check);
  response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'text/plain; charset=utf-8' }).end(found?.log ?? '');
}

async function handleApi(
  serving: Serving,
  given: Exchange & { readonly url: URL; readonly sent: { readonly token: Token | null } | null },
): Promise<void> {
  const { incoming, response, url, sent } = given;
  const { world, journal, faults } = serving;
  const text = await readBody(incoming);
  const isGraphql = url.pathname === '/api/graphql';
  const path = isGraphql ? '/graphql' : byId(world, url.pathname.slice('/api/v3'.length) || '/');
  const token = sent?.token ?? null;
  const body = parse(text);
  const method = incoming.method ?? 'GET';
  const entry = journal.add({ method, path: `${path}${url.search}`, login: token?.login ?? null, body });
  const fault = faults.take({ method, path: `${path}${url.search}`, body: text });
  // Whoever sent it waits until they give up, or the stage is closed.
  if (fault !== null && 'hang' in fault) return;
  if (fault !== null && 'drop' in fault && fault.drop === 'before') return void response.destroy();

  const request: Request = { method, path, query: url.searchParams, body, token };
  const resource: Resource = isGraphql ? 'graphql' : 'core';
  const outcome = answerApi(serving, { request, unknownToken: sent !== null && token === null, resource, fault });
  entry.fields = outcome.fields;
  const sending = outgoing(outcome.answer, { method: isGraphql ? 'POST' : method, ifNoneMatch: incoming.headers['if-none-match'] });
  const free = sending.status === 304 || path === '/rate_limit';
  entry.points = free ? 0 : outcome.points;
  const secondary = isGraphql ? (outcome.writes ? 5 : 1) : method === 'GET' ? 1 : 5;
  if (!outcome.limited && sending.status !== 401)
    world.limits.spend(token?.login ?? '', { resource, primary: entry.points, secondary: free ? 0 : secondary, content: outcome.content });
  if (fault !== null && 'drop' in fault) response.destroy();
  else {
    const headers = { ...standardHeaders({ limits: world.limits, token, resource }), ...sending.headers, ...outcome.headers };
    response.writeHead(sending.status, headers).end(sending.text);
    entry.status = sending.status;
  }
  journal.changed();
}

interface Outcome {
  readonly answer: Answer;
  readonly points: number;
  readonly fields: readonly string[];
  readonly content: boolean;
  readonly writes: boolean;
  readonly limited: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

const plain = (answer: Answer, more: Partial<Outcome> = {}): Outcome => ({
  ...{ answer, points: 1, fields: [], content: false, writes: false, limited: false, headers: {} },
  ...more,
});

function answerApi(
  serving: Serving,
  given: { readonly request: Request; readonly unknownToken: boolean; readonly resource: Resource; readonly fault: How | null },
): Outcome {
  const { request, unknownToken, resource, fault } = given;
  const { world } = serving;
  const login = request.token?.login ?? '';
  if (fault !== null && 'status' in fault)
    return plain(refusedAnswer(new Refusal({ status: fault.status, message: fault.message ?? `fault ${fault.status}` })), {
      headers: fault.headers ?? {},
    });
  if (unknownToken) return plain(refusedAnswer(new Refusal({ status: 401, message: 'Bad credentials' })));
  const asked = resource === 'graphql' ? readGraphql(request.body) : null;
  const found = resource === 'graphql' ? null : findRoute(request);
  const content = found?.route.content ?? asked?.writes ?? false;
  const limited = request.path === '/rate_limit' ? null : world.limits.limited(login, { resource, content });
  if (limited !== null && asked !== null && limited.limit === 'primary')
    return plain(limitedGraphql(world.limits.hour(login, 'graphql')), { limited: true, points: 0 });
  if (limited !== null) return plain(limitedAnswer(login, limited), { limited: true, points: 0 });
  settle(world);
  if (asked !== null) {
    const refused = fault !== null && 'refuseField' in fault ? fault.refuseField : null;
    const { answer, cost, fields, problems } = answerGraphql(world, { asked, token: request.token, refused });
    serving.violations.push(...problems);
    return plain(answer, { points: cost, fields, content, writes: asked.writes });
  }
  return plain(answerRest(serving, { request, found }), { content });
}

function answerRest(serving: Serving, { request, found }: { readonly request: Request; readonly found: Found | null }): Answer {
  if (found === null) {
    serving.violations.push(`the stage has no ${request.method} ${request.path}`);
    return refusedAnswer(new Refusal({ status: 404, message: 'Not Found' }));
  }
  let answer: Answer;
  try {
    answer = dispatch(serving.world, request, found);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    answer = refusedAnswer(error);
  }
  serving.violations.push(...drift({ found, request, answer }));
  return answer;
}

/** GitHub takes no body that is larger. */
const largestBody = 25 * 1024 * 1024;

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) throw new Error('the body of a request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
