// A scripted model API on loopback for real agent CLIs, without account and network, and with predictable prices. It speaks
// Anthropic's Messages, also in the form of Bedrock and Vertex, and OpenAI's chat completions, chosen by the path. Each
// scenario of the script has a counter: a request for the model consumes one step, whoever sends it; any other request is
// answered and consumes none. Every request is recorded as it arrives, including credentials: tests check these, and they
// are written nowhere.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { answerStep, failure } from './answer.ts';
import type { Answer, Failure } from './answer.ts';
import { anthropic } from './anthropic.ts';
import { bedrock } from './bedrock.ts';
import { openai } from './openai.ts';
import type { Protocol } from './protocol.ts';
import { credentialsOf, findRoute, readRequest } from './request.ts';
import type { ModelRequest, Route } from './request.ts';
import type { Script, Step, Usage } from './steps.ts';

export interface Choice {
  readonly prompt: string;
  readonly model: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ModelServerOptions {
  readonly script: Script;
  /** Names the scenario of a request whose path does not (`/s/<scenario>/…`); null or no function: `default`. */
  readonly choose?: (request: Choice) => string | null;
  /** Awaited before a step is answered. */
  readonly ready?: () => Promise<void>;
}

/** One request. `status` and `usage` are null until it is answered; `usage` stays null if no complete answer was sent. */
export interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly kind: 'step' | 'title' | 'count' | 'other';
  readonly scenario: string | null;
  /** Position of the step in its scenario, from 0; it keeps counting while the last step repeats. */
  readonly step: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly apiKey: string | null;
  readonly bearer: string | null;
  readonly model: string;
  readonly prompt: string;
  readonly cwd: string | null;
  readonly tools: readonly string[];
  readonly body: unknown;
  readonly status: number | null;
  readonly usage: Usage | null;
}

export interface ModelServer {
  /** Without a trailing slash. Claude Code needs it unchanged (or with `/s/<scenario>`), OpenCode with `/v1` appended. */
  readonly url: string;
  readonly port: number;
  requests(): readonly Recorded[];
  /**
   * The first request, past or future, that `match` accepts; requests are checked when they arrive and when they are
   * answered. Rejects when the signal fires or the server closes.
   */
  request(match: (request: Recorded) => boolean, signal: AbortSignal): Promise<Recorded>;
  /** Drops every connection, including those that a step keeps open, and frees the port. May be called repeatedly. */
  close(): Promise<void>;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Entry = Writable<Recorded>;

interface State {
  readonly options: ModelServerOptions;
  readonly entries: Entry[];
  readonly served: Map<string, number>;
  readonly arrivals: EventTarget;
}

/** Claude Code's largest observed requests have 0.1 MB; this only bounds memory against a faulty client. */
const largestBody = 64 * 1024 * 1024;
const titleUsage: Usage = { input: 10, output: 5, cacheRead: 0, cacheWrite: 0 };

export async function startModelServer(options: ModelServerOptions): Promise<ModelServer> {
  const state: State = { options, entries: [], served: new Map(), arrivals: new EventTarget() };
  const server = createServer((incoming, response) => {
    handle({ state, incoming, response }).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const closing = new AbortController();
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests: () => [...state.entries],
    request: (match, signal) => arrival({ state, match, signal: AbortSignal.any([signal, closing.signal]) }),
    async close() {
      closing.abort(new Error('the model server was closed'));
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function arrival({
  state,
  match,
  signal,
}: {
  state: State;
  match: (request: Recorded) => boolean;
  signal: AbortSignal;
}): Promise<Recorded> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      try {
        const found = state.entries.find(match);
        if (found === undefined) return;
        end();
        resolve(found);
      } catch (error) {
        end();
        reject(error);
      }
    };
    const stop = (): void => {
      end();
      reject(signal.reason);
    };
    const end = (): void => {
      state.arrivals.removeEventListener('request', look);
      signal.removeEventListener('abort', stop);
    };
    state.arrivals.addEventListener('request', look);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    else look();
  });
}

interface Exchange {
  readonly entry: Entry;
  readonly protocol: Protocol;
  readonly request: ModelRequest;
  readonly response: ServerResponse;
  readonly headers: Readonly<Record<string, string>>;
}

const protocols = { anthropic, openai, bedrock };

async function handle({ state, incoming, response }: { state: State; incoming: IncomingMessage; response: ServerResponse }): Promise<void> {
  const route = findRoute(incoming.url ?? '/');
  const raw = await readBody(incoming);
  const body = parse(raw);
  const read = readRequest(body);
  const request = route.model === undefined ? read : { ...read, model: route.model, stream: true };
  const entry = newEntry({ incoming, route, request, body });
  const asks = route.kind === 'model' && incoming.method === 'POST';
  const exchange: Exchange = { entry, protocol: protocols[route.protocol], request, response, headers: {} };
  const refusal =
    raw === null ? failure({ status: 413 }) : asks && body === null ? failure({ status: 400, message: 'the body is not JSON' }) : null;
  const step = asks && refusal === null && !request.title ? nextStep({ state, entry, route, request }) : null;
  if (asks && refusal === null) entry.kind = request.title ? 'title' : 'step';
  if (route.kind === 'count') entry.kind = 'count';
  state.entries.push(entry);
  state.arrivals.dispatchEvent(new Event('request'));
  response.once('finish', () => state.arrivals.dispatchEvent(new Event('request')));
  if (refusal !== null) sendFailure(exchange, refusal);
  else if (step !== null) await serveStep({ exchange, step, ready: state.options.ready });
  else if (asks) await send(exchange, { kind: 'reply', reply: { text: 'A session', call: null, stop: 'end', usage: titleUsage } });
  else serveOther({ exchange, route, characters: raw?.length ?? 0 });
}

function newEntry({
  incoming,
  route,
  request,
  body,
}: {
  incoming: IncomingMessage;
  route: Route;
  request: ModelRequest;
  body: unknown;
}): Entry {
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    kind: 'other',
    scenario: route.scenario,
    step: null,
    headers,
    ...credentialsOf(incoming.headers),
    model: request.model,
    prompt: request.prompt,
    cwd: request.cwd,
    tools: request.tools.map(({ name }) => name),
    body,
    status: null,
    usage: null,
  };
}

/** Counts and picks without waiting in between, so that simultaneous requests get different steps. */
function nextStep({ state, entry, route, request }: { state: State; entry: Entry; route: Route; request: ModelRequest }): Step {
  const { script, choose } = state.options;
  const choice: Choice = { prompt: request.prompt, model: request.model, path: entry.path, headers: entry.headers };
  const scenario = route.scenario ?? choose?.(choice) ?? 'default';
  const steps = Object.hasOwn(script, scenario) ? (script[scenario] ?? []) : [];
  const number = state.served.get(scenario) ?? 0;
  state.served.set(scenario, number + 1);
  entry.scenario = scenario;
  entry.step = number;
  const message = `the script has no steps for the scenario "${scenario}" (it has: ${Object.keys(script).join(', ') || 'none'})`;
  return steps[number] ?? steps.at(-1) ?? { error: { status: 400, message } };
}

async function serveStep({ exchange, step, ready }: { exchange: Exchange; step: Step; ready: ModelServerOptions['ready'] }): Promise<void> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  exchange.response.once('close', leave);
  await ready?.();
  if (step.delayMs !== undefined) await delay(step.delayMs, undefined, { signal: gone.signal }).catch(() => undefined);
  exchange.response.off('close', leave);
  if (gone.signal.aborted) return;
  await send({ ...exchange, headers: step.headers ?? {} }, answerStep(step, exchange.request));
}

async function send(exchange: Exchange, answer: Answer): Promise<void> {
  const { entry, protocol, request, response, headers } = exchange;
  if (answer.kind === 'silence') return;
  if (answer.kind === 'failure') return sendFailure(exchange, answer.failure);
  if (answer.kind === 'broken' && answer.by === 'error' && !request.stream) return sendFailure(exchange, answer.failure);
  const encoding = request.stream && protocol.streamType !== undefined ? 'latin1' : 'utf8';
  entry.status = 200;
  response.writeHead(200, {
    'content-type': request.stream ? (protocol.streamType ?? 'text/event-stream; charset=utf-8') : 'application/json',
    'cache-control': 'no-cache',
    ...headers,
  });
  const { opening, rest } = request.stream
    ? joined(protocol.stream(answer.reply, request))
    : halves(JSON.stringify(protocol.message(answer.reply, request)));
  if (answer.kind === 'reply') {
    entry.usage = answer.reply.usage;
    response.end(opening + rest, encoding);
    return;
  }
  // The opening must be sent before the connection is dropped; otherwise the client sees no answer at all.
  await new Promise<void>((resolve) => response.write(opening, encoding, () => resolve()));
  if (answer.by === 'drop') response.socket?.destroy();
  if (answer.by === 'error') response.end(protocol.streamError(answer.failure), encoding);
}

function sendFailure({ entry, protocol, response, headers }: Exchange, fault: Failure): void {
  entry.status = fault.status;
  const type = fault.body === null ? 'application/json' : fault.body.trimStart().startsWith('<') ? 'text/html' : 'text/plain';
  response.writeHead(fault.status, { 'content-type': type, ...headers, ...fault.headers });
  response.end(fault.body ?? JSON.stringify(protocol.failure(fault)));
}

function serveOther({ exchange, route, characters }: { exchange: Exchange; route: Route; characters: number }): void {
  const { entry, response } = exchange;
  if (route.kind === 'other' && entry.method !== 'GET' && entry.method !== 'HEAD') {
    return sendFailure(exchange, failure({ status: 404, message: `this model server does not answer ${entry.method} ${entry.path}` }));
  }
  entry.status = 200;
  response.writeHead(200, { 'content-type': 'application/json' });
  // Counts four characters as a token, which is close enough for a client that asks how full its context is.
  if (route.kind === 'count') response.end(JSON.stringify({ input_tokens: Math.ceil(characters / 4) }));
  else response.end(JSON.stringify(route.kind === 'models' ? { object: 'list', data: [], has_more: false } : {}));
}

/**
 * Null if the body is too large. The rest is read and dropped, because a client that is still sending does not read the
 * answer.
 */
async function readBody(incoming: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= largestBody) chunks.push(chunk);
  }
  return size > largestBody ? null : Buffer.concat(chunks).toString('utf8');
}

function parse(raw: string | null): unknown {
  try {
    return JSON.parse(raw ?? '') as unknown;
  } catch {
    return null;
  }
}

function joined(stream: { readonly opening: readonly string[]; readonly rest: readonly string[] }): {
  readonly opening: string;
  readonly rest: string;
} {
  return { opening: stream.opening.join(''), rest: stream.rest.join('') };
}

function halves(whole: string): { readonly opening: string; readonly rest: string } {
  const middle = Math.floor(whole.length / 2);
  return { opening: whole.slice(0, middle), rest: whole.slice(middle) };
}
