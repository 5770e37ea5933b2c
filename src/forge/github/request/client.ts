// Asks one host's API as one account. Every other file of the adapter asks through this one, so each request is counted,
// bounded in time, ended by its signal, repeated only where repeating is harmless, and fails with a fault that says what
// follows. A write whose answer was lost is never repeated here: its fault says `unclear`, and the caller looks.
import { Octokit } from '@octokit/core';
import { retry } from '@octokit/plugin-retry';
import { Fault } from '../../../core/fault.ts';
import { fields, list, text, type Fields } from '../../../lib/fields.ts';
import type { Cost } from './budget.ts';
import { Ended } from './ended.ts';
import { away, faultOf, messageOf, type Answer } from './faults.ts';
import { stopped } from './lanes.ts';
import { RememberedAnswers } from './remembered-answers.ts';
import { sender, type Wire } from './send.ts';

export interface Ask {
  /** Such as `GET /repos/{owner}/{repo}`. */
  readonly route: string;
  readonly with?: Readonly<Record<string, unknown>>;
  /** What is asked for, in words, such as `acme/app`; requests for the same thing share a lane. */
  readonly of: string;
  /** The right that it needs, such as `checks: read`. */
  readonly right?: string;
  /** Statuses that the caller handles; all others of 400 and more are faults. */
  readonly answers?: readonly number[];
  /** A write that does no harm when it is carried out twice. A GET always is. */
  readonly repeats?: boolean;
  /** The answer may be a file at another host. */
  readonly elsewhere?: boolean;
}

export interface Query {
  readonly query: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly of: string;
  readonly right?: string;
  /** By GitHub's rule, at most. */
  readonly points?: number;
  readonly repeats?: boolean;
}

export interface QueryError {
  readonly type: string | null;
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** `data` is null if nothing could be answered. */
export interface QueryAnswer {
  readonly data: Fields | null;
  readonly errors: readonly QueryError[];
}

export interface ClientGiven {
  readonly wire: Wire;
  readonly foundIn: string;
  /** Replaces the secrets in texts of the host. */
  readonly masked: (message: string) => string;
  /** Milliseconds after the first failure, four times that after the second. */
  readonly retryAfterMs: number;
}

const Repeating = Octokit.plugin(retry);
const patience = 2;

export class Client {
  readonly given: ClientGiven;
  readonly #octokit: Octokit;
  readonly #signal: AbortSignal;
  readonly #remembered: RememberedAnswers;

  constructor(given: ClientGiven, state: { readonly signal: AbortSignal; readonly remembered?: RememberedAnswers }) {
    this.given = given;
    this.#signal = state.signal;
    this.#remembered = state.remembered ?? new RememberedAnswers();
    const quiet = (): void => {};
    this.#octokit = new Repeating({
      baseUrl: given.wire.addresses.rest,
      userAgent: 'yardmaster',
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      retry: { retries: patience, retryAfterBaseValue: given.retryAfterMs, doNotRetry: [400, 401, 403, 404, 405, 409, 410, 422, 429, 451] },
    });
  }

  /** The same, but ended by this signal too. */
  within(signal: AbortSignal): Client {
    return new Client(this.given, { signal: AbortSignal.any([signal, this.#signal]), remembered: this.#remembered });
  }

  async ask(ask: Ask): Promise<Answer> {
    const reads = ask.route.startsWith('GET ');
    const key = reads && ask.elsewhere !== true ? JSON.stringify([ask.route, ask.with]) : null;
    const before = key === null ? null : this.#remembered.of(key);
    const creates = /^(?:POST|PUT) /.test(ask.route);
    const answer = await this.#send({
      ask,
      repeats: reads || ask.repeats === true,
      cost: { points: 1, weight: reads ? 1 : 5, content: creates },
      headers: before === null ? {} : { 'if-none-match': before.mark },
    });
    if (answer.status === 304 && before !== null) return before.answer;
    if (key !== null) this.#remembered.note({ key, answer });
    if (answer.status >= 400 && ask.answers?.includes(answer.status) !== true) throw this.#fault(answer, ask);
    return answer;
  }

  /** All pages of a list, at most ten of a hundred. `of`: the field of each page that holds the list; null: the page is it. */
  async all(ask: Ask, { field }: { readonly field: string | null }): Promise<readonly unknown[]> {
    const found: unknown[] = [];
    for (let page = 1; page <= 10; page += 1) {
      const { data } = await this.ask({ ...ask, with: { ...ask.with, per_page: 100, page } });
      const part = list(field === null ? data : fields(data)?.[field]);
      found.push(...part);
      if (part.length < 100) break;
    }
    return found;
  }

  /** Errors of single fields are part of the answer. Fault also if GitHub refuses the query for its limits. */
  async query(query: Query): Promise<QueryAnswer> {
    const writes = query.query.trimStart().startsWith('mutation');
    const ask: Ask = { ...query, route: 'POST /graphql', with: { query: query.query, variables: query.with ?? {} } };
    const answer = await this.#send({
      ask,
      repeats: !writes || query.repeats === true,
      cost: { points: query.points ?? 1, weight: writes ? 5 : 1, content: writes },
      headers: {},
    });
    const body = fields(answer.data);
    if (answer.status >= 400 || body === null) throw this.#fault(answer, ask);
    const errors = list(body['errors']).map((error) => this.#queryError(fields(error) ?? {}));
    if (errors.some(({ type }) => type === 'RATE_LIMITED' || type === 'RATE_LIMIT')) throw this.#fault({ ...answer, status: 429 }, ask);
    const data = fields(body['data']);
    // GitHub's words for a failure of its own, under a status of success.
    if (data === null && errors.some(({ message }) => message.startsWith('Something went wrong')))
      throw this.#fault({ ...answer, status: 502 }, ask);
    return { data, errors };
  }

  #queryError(error: Fields): QueryError {
    const path = list(error['path']).filter((part): part is string | number => typeof part === 'string' || typeof part === 'number');
    return { type: text(error['type']), path, message: this.given.masked(text(error['message']) ?? 'unknown error').slice(0, 300) };
  }

  async #send(given: {
    readonly ask: Ask;
    readonly repeats: boolean;
    readonly cost: Cost;
    readonly headers: Readonly<Record<string, string>>;
  }): Promise<Answer> {
    const { ask, repeats, cost, headers } = given;
    const { wire } = this.given;
    let settle: (real: number) => void = () => {};
    const onTaken = (next: (real: number) => void): void => void (settle = next);
    const fetch = sender({ wire, lane: ask.of, cost, signal: this.#signal, elsewhere: ask.elsewhere === true, onTaken });
    const [method = '', path = ''] = ask.route.split(' ', 2);
    const url = path === '/graphql' ? wire.addresses.graphql : path;
    try {
      // With any other number than 0 here, the plugin would repeat every failure, such as "not found" too.
      const request = this.#octokit.request({
        ...{ method: method as 'GET', url: url as '/', ...ask.with },
        ...{ headers, request: repeats ? { fetch } : { fetch, retries: 0 } },
      });
      const answer = (await this.#untilStopped(request)) as Answer;
      settle(costOf(answer) ?? cost.points);
      wire.budget.answered();
      return answer;
    } catch (error) {
      const answer = this.#answerOf(error, { writes: !repeats, reaches: wire.host });
      if (answer.status === 304) settle(0);
      return answer;
    }
  }

  /** The retry plugin does not know the signal: it could still be waiting to try again. */
  async #untilStopped<Result>(request: Promise<Result>): Promise<Result> {
    const { promise, reject } = Promise.withResolvers<never>();
    const stop = (): void => reject(new Ended(stopped()));
    this.#signal.addEventListener('abort', stop);
    try {
      return await Promise.race([request, promise]);
    } finally {
      this.#signal.removeEventListener('abort', stop);
    }
  }

  /** Octokit's error is not passed on, not even as a cause: it contains the request. */
  #answerOf(error: unknown, { writes, reaches }: { readonly writes: boolean; readonly reaches: string }): Answer {
    if (error instanceof Ended) throw error.reason;
    const response = fields(fields(error)?.['response']);
    if (response === null) {
      const why = this.given.masked(error instanceof Error ? error.message : 'no reason known');
      throw away({ host: reaches, what: `does not answer (${why})`, unclear: writes });
    }
    return response as unknown as Answer;
  }

  #fault(answer: Answer, { of, right, route }: Ask): Fault {
    const { wire, foundIn, masked } = this.given;
    const { budget, clock, host } = wire;
    const said = { ...answer, data: masked(messageOf(answer.data)) };
    const fault = faultOf(said, { ...{ host, foundIn, of, budget }, right: right ?? null, now: clock.now() });
    const { code, message, hint, data } = fault;
    return new Fault({ code, message, hint, data: { ...data, unclear: answer.status >= 500 && !route.startsWith('GET ') } });
  }
}

/** What GitHub says that a query cost. */
function costOf({ data }: Answer): number | null {
  const cost = fields(fields(fields(data)?.['data'])?.['rateLimit'])?.['cost'];
  return typeof cost === 'number' ? cost : null;
}

/** Whether a fault leaves open if a write was carried out. */
export function isUnclear(error: unknown): boolean {
  return error instanceof Fault && error.code === 'forge-away' && error.data['unclear'] === true;
}
