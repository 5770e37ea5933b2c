// Sends one HTTP request to the host that the token is for, and nowhere else. The token exists only here: no other part of
// the program, and no library, holds an object that contains it. A redirect within the host is followed with the token; a
// redirect to another host is followed only for files, and without it.
import type { Clock } from '../../../ports/clock.ts';
import { isLoopback, type HostAddresses } from '../host.ts';
import type { Budget, Cost } from './budget.ts';
import { Ended } from './ended.ts';
import { redirected, unusable } from './faults.ts';
import { stopped, type Lanes } from './lanes.ts';

export interface Wire {
  readonly host: string;
  readonly addresses: HostAddresses;
  readonly token: string;
  readonly budget: Budget;
  readonly lanes: Lanes;
  readonly clock: Pick<Clock, 'now' | 'lease'>;
}

export interface Sending {
  readonly wire: Wire;
  /** Requests of one repository share a lane. */
  readonly lane: string;
  readonly cost: Cost;
  readonly signal: AbortSignal;
  /** Whether the answer may be at another host, as the logs of GitHub Actions are. */
  readonly elsewhere: boolean;
  /** Is given the function by which the true cost of the last request is told. */
  readonly onTaken: (settle: (real: number) => void) => void;
}

/** In milliseconds, for one answer with its body. GitHub ends a query after 10 s. */
const answersWithin = 30_000;
/** In bytes. The log of a job can be long; no other answer is nearly as large. */
const longestAnswer = 32 * 1024 * 1024;
const mostRedirects = 4;
const redirects = [301, 302, 307, 308];

/** A `fetch` for octokit, which may call it again for a request that is safe to repeat. */
export function sender(sending: Sending): typeof fetch {
  return async (input, init = {}) => {
    const { wire, lane, signal } = sending;
    try {
      return await wire.lanes.run({
        lane,
        signal,
        work: () => exchange({ sending, url: new URL(input instanceof Request ? input.url : input), init }),
      });
    } catch (error) {
      if (signal.aborted) throw new Ended(stopped());
      throw error;
    }
  };
}

async function exchange(given: { readonly sending: Sending; readonly url: URL; readonly init: RequestInit }): Promise<Response> {
  const { sending, init } = given;
  const { wire } = sending;
  const signal = AbortSignal.any([sending.signal, AbortSignal.timeout(answersWithin)]);
  let { url } = given;
  for (let hops = 0; hops <= mostRedirects; hops += 1) {
    const own = isOwn({ url, wire });
    if (!own && (hops === 0 || !mayLeave({ sending, url }))) throw new Ended(redirected({ host: wire.host, to: url.host }));
    if (own) sending.onTaken(taken(sending));
    const response = await fetch(
      url,
      own ? { ...init, signal, redirect: 'manual', headers: signedIn(init, wire) } : { signal, redirect: 'manual' },
    );
    if (own) listen({ response, wire });
    const location = response.headers.get('location');
    if (!redirects.includes(response.status) || location === null) return await whole({ response, wire });
    await response.body?.cancel();
    url = new URL(location, url);
  }
  throw new Ended(unusable({ host: wire.host, what: `answered with more than ${mostRedirects} redirects in a row` }));
}

function taken({ wire, cost }: Sending): (real: number) => void {
  try {
    return wire.budget.take(cost);
  } catch (error) {
    throw new Ended(error);
  }
}

function isOwn({ url, wire }: { readonly url: URL; readonly wire: Wire }): boolean {
  return url.origin === new URL(wire.addresses.rest).origin;
}

function mayLeave({ sending, url }: { readonly sending: Sending; readonly url: URL }): boolean {
  const isSafe = url.protocol === 'https:' || (isLoopback(sending.wire.host) && isLoopback(url.host));
  return sending.elsewhere && isSafe;
}

function signedIn(init: RequestInit, { token }: Wire): Headers {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${token}`);
  return headers;
}

/** GitHub's count of the account's requests stands in the headers of each answer. */
function listen({ response, wire }: { readonly response: Response; readonly wire: Wire }): void {
  const number = (name: string): number | null => {
    const value = Number(response.headers.get(`x-ratelimit-${name}`) ?? NaN);
    return Number.isFinite(value) ? value : null;
  };
  const [limit, left, reset] = [number('limit'), number('remaining'), number('reset')];
  if (limit === null || left === null || reset === null) return;
  wire.budget.hear({ resource: response.headers.get('x-ratelimit-resource') ?? 'core', limit, left, resetsAt: reset * 1000 });
}

/** The answer with its body read, so that its lane is occupied until then and no body is longer than we can bear. */
async function whole({ response, wire }: { readonly response: Response; readonly wire: Wire }): Promise<Response> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array<ArrayBuffer>> | readonly [] = response.body ?? [];
  for await (const chunk of body) {
    size += chunk.length;
    if (size > longestAnswer) throw new Ended(unusable({ host: wire.host, what: 'sent an answer of more than 32 MB' }));
    chunks.push(chunk);
  }
  const { status, headers } = response;
  return new Response([204, 205, 304].includes(status) ? null : new Blob(chunks), { status, headers });
}
