// The request layer against a host of a few lines: what is repeated, what follows from refusals, where the token goes, and
// that it never appears in anything that is said.
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { Fault } from '../../../core/fault.ts';
import type { ForgeAccount } from '../../../ports/forge.ts';
import { accountAt, clockAt, tinyHost, token, type Received, type TinyHost } from '../tiny-host.samples.ts';

let tiny: TinyHost;
let account: ForgeAccount;
beforeEach(async () => {
  tiny = await tinyHost();
  account = await accountAt(tiny, { clock: clockAt(1_000_000_000_000) });
});
afterEach(() => tiny.close());

const start = 1_000_000_000_000;
const repository = () => ({ host: tiny.host, owner: 'acme', name: 'app' });
const branch = { branch: 'x', commit: 'c' };
/** A read of one request. */
const read = () => account.deleteBranch({ repository: repository(), ...branch });
const paths = () => tiny.received.slice(1).map(({ method, path }) => `${method} ${path}`);

async function faultOf(asking: Promise<unknown>): Promise<Fault> {
  const fault = await asking.then(
    (value) => new Error(`it was answered: ${inspect(value)}`),
    (error: unknown) => error,
  );
  expect(inspect(fault, { depth: 12, showHidden: true })).not.toContain(token);
  if (!(fault instanceof Fault)) throw fault;
  expect(JSON.stringify([fault.message, fault.hint, fault.data, fault.stack, fault.cause])).not.toContain(token);
  return fault;
}

describe('an answer that is no success', () => {
  const page = () => `http://${tiny.host}/settings/tokens`;
  const answering = (status: number, message: string, headers: Record<string, string> = {}) =>
    tiny.answer(() => ({ status, headers, body: { message } }));

  test('401: the token is not accepted, and where to make another one', async () => {
    answering(401, 'Bad credentials');
    expect(await faultOf(read())).toMatchObject({
      code: 'forge-refused',
      message: `${tiny.host} does not accept the token from T (401: Bad credentials): it has expired, was revoked, or is for another host`,
      hint: `make a new one at ${page()}, and put it into T`,
    });
  });

  test('403: the right that it lacks, as the host says', async () => {
    const accepted = { 'x-accepted-github-permissions': 'pull_requests=write,contents=read; administration=write' };
    answering(403, 'Resource not accessible by personal access token', accepted);
    const fault = await faultOf(read());
    expect(fault.message).toBe(
      'the token from T may not do this in acme/app: it lacks the right "pull requests: write, contents: read" (403: Resource not accessible by personal access token)',
    );
    expect(fault.hint).toContain(page());
    expect(fault).toMatchObject({ code: 'forge-refused', data: { lacking: 'pull requests: write, contents: read', status: 403 } });
  });

  test('403 without a word about rights: the right that the request is known to need', async () => {
    answering(403, 'Forbidden');
    expect(await faultOf(read())).toMatchObject({ code: 'forge-refused', data: { lacking: 'contents: write' } });
  });

  test('403 for single sign-on: the address that authorises the token, if it is of this host', async () => {
    answering(403, 'SAML', { 'x-github-sso': `required; url=http://${tiny.host}/orgs/acme/sso?authorization_request=abc` });
    expect(await faultOf(read())).toMatchObject({
      code: 'forge-refused',
      hint: `open http://${tiny.host}/orgs/acme/sso?authorization_request=abc`,
    });
    answering(403, 'SAML', { 'x-github-sso': 'required; url=https://evil.example/sso' });
    expect(await faultOf(read())).toMatchObject({ hint: `authorise the token at ${page()}` });
  });

  test.each([
    ['429 with a time', 429, 'slow down', { 'retry-after': '30' }, 30_000],
    ['403 with a time', 403, 'slow down', { 'retry-after': '7' }, 7_000],
    ['403 of the limit per hour', 403, 'no more', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${start / 1000 + 90}` }, 90_000],
    ['403 of a secondary limit without a time', 403, 'You have exceeded a secondary rate limit', {}, 60_000],
    ['429 without a word', 429, '', {}, 60_000],
  ])('%s: nothing more is asked until then', async (_, status, message, headers, wait) => {
    answering(status, message, headers);
    expect(await faultOf(read())).toMatchObject({ code: 'forge-limited', data: { until: start + wait } });
    const asked = tiny.received.length;
    expect(await faultOf(read())).toMatchObject({ code: 'forge-limited', data: { until: start + wait } });
    expect(tiny.received).toHaveLength(asked);
  });

  test('a query that GraphQL refuses for its limit, under a status of success', async () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${start / 1000 + 120}` };
    tiny.answer(() => ({ headers, body: { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] } }));
    expect(await faultOf(account.observe([{ repository: repository(), number: 1 }]))).toMatchObject({
      ...{ code: 'forge-limited', data: { until: start + 120_000 } },
    });
  });

  test.each([404, 410, 451])('%i: there is none, or the token may not see it', async (status) => {
    answering(status, 'Not Found');
    const fault = await faultOf(account.repository(repository()));
    expect(fault).toMatchObject({
      code: 'forge-gone',
      message: `${tiny.host} has no acme/app, or does not show it to the token from T (${status}: Not Found)`,
    });
    expect(fault.hint).toContain(`http://${tiny.host}/acme/app`);
  });

  test('422: what the host says, short and on one line', async () => {
    tiny.answer(() => ({
      status: 422,
      body: { message: 'Validation\nFailed', errors: [{ message: 'x'.repeat(900) }, { code: 'custom' }] },
    }));
    const fault = await faultOf(account.edit({ repository: repository(), number: 1, title: 'x' }));
    expect(fault.code).toBe('forge-refused');
    expect(fault.message).toMatch(/^.* refuses what was asked of acme\/app \(422: Validation Failed; x+\)$/);
    expect(fault.message.length).toBeLessThan(420);
  });

  test('a page of HTML is not quoted', async () => {
    tiny.answer(() => ({ status: 503, body: '<html>unicorn</html>' }));
    expect(await faultOf(read())).toMatchObject({ code: 'forge-away', message: `${tiny.host} answered with an error (503)` });
  });

  test('that repeats the token does not make us repeat it', async () => {
    for (const status of [401, 403, 404, 422, 429, 500]) {
      tiny.answer(({ headers }) => ({ status, body: { message: `you sent ${headers.authorization}`, errors: [{ message: token }] } }));
      await faultOf(account.edit({ repository: repository(), number: 1, title: 'x' }));
    }
    expect(tiny.received.length).toBeGreaterThan(5);
  });
});

test('an answer of the host is not asked for again', async () => {
  for (const status of [400, 401, 403, 404, 405, 409, 410, 422, 451]) {
    tiny.answer(() => ({ status }));
    await account.repository(repository()).catch(() => null);
  }
  expect(paths()).toHaveLength(9);
});

describe('a broken connection', () => {
  const breaking = (times: number, then: (asked: Received) => { readonly status?: number; readonly body?: unknown }) => {
    let left = times;
    tiny.answer((asked) => {
      left -= 1;
      return left >= 0 ? { breaks: true } : then(asked);
    });
  };

  test('is tried again for a read, twice', async () => {
    breaking(2, () => ({ status: 404 }));
    expect(await read()).toBe(true);
    expect(paths()).toHaveLength(3);
    breaking(3, () => ({ status: 404 }));
    expect(await faultOf(read())).toMatchObject({ code: 'forge-away', data: { unclear: false } });
    expect(paths()).toHaveLength(6);
  });

  test('and an error of the service is tried again for a read and for a change that says how it shall be', async () => {
    let count = 0;
    tiny.answer(() => ({ status: (count += 1) % 3 === 0 ? 404 : 502 }));
    expect(await read()).toBe(true);
    let edits = 0;
    tiny.answer(() => ({ status: (edits += 1) === 1 ? 500 : 200 }));
    await account.edit({ repository: repository(), number: 1, title: 'x' });
    expect(paths().filter((path) => path.startsWith('PATCH'))).toHaveLength(2);
  });

  test.each([{ breaks: true }, { status: 500 }, { status: 502 }])('is never tried again for a comment: %j', async (reply) => {
    tiny.answer(({ path }) =>
      path.endsWith('/comments') ? reply : { body: { data: { repository: { pullRequest: { comments: { nodes: [] } } } } } },
    );
    expect(await faultOf(account.say({ repository: repository(), number: 1, thread: null, text: 'x' }))).toMatchObject({
      code: 'forge-away',
      data: { unclear: true },
    });
    // Looked before, tried once, and looked whether it had happened.
    expect(paths().map((path) => path.split('/').at(-1))).toEqual(['graphql', 'comments', 'graphql']);
  });

  test('and GitHub’s words for a failure of its own count as one', async () => {
    const failed = { body: { data: null, errors: [{ message: 'Something went wrong while executing your query.' }] } };
    tiny.answer(() => failed);
    const fault = await faultOf(account.resolve({ repository: repository(), number: 1, thread: 't' }));
    expect(fault).toMatchObject({ code: 'forge-away', data: { unclear: true } });
    // A thread may be resolved twice, so that is tried again.
    expect(paths()).toHaveLength(3);
  });

  test('after which a comment stands there is no fault', async () => {
    const said = [{ id: 'IC_1', body: 'x\r\n', author: { login: 'ada', __typename: 'User' } }];
    let asked = 0;
    tiny.answer(({ path }) => {
      if (path.endsWith('/comments')) return { breaks: true };
      asked += 1;
      return { body: { data: { repository: { pullRequest: { comments: { nodes: asked === 1 ? [] : said } } } } } };
    });
    expect(await account.say({ repository: repository(), number: 1, thread: null, text: 'x' })).toBe('IC_1');
  });
});

describe('the token', () => {
  let other: TinyHost;
  beforeEach(async () => {
    other = await tinyHost();
  });
  afterEach(() => other.close());
  const job = {
    id: 'job:7:3',
    name: 'build',
    state: 'red',
    required: null,
    byMachine: false,
    canRerun: true,
    startedAt: null,
    url: null,
  } as const;
  const log = () => account.checkLog({ repository: repository(), check: job, limit: 1000 });

  test('follows a redirect within its host', async () => {
    tiny.answer(({ path }) =>
      path.includes('acme') ? { status: 301, headers: { location: `http://${tiny.host}/api/v3/repositories/1` } } : { status: 404 },
    );
    expect(await read()).toBe(true);
    expect(tiny.received.at(-1)).toMatchObject({ path: '/api/v3/repositories/1', headers: { authorization: `Bearer ${token}` } });
  });

  test('is not sent to another host, and neither is the request', async () => {
    for (const status of [301, 302, 307, 308]) {
      tiny.answer(() => ({ status, headers: { location: `http://${other.host}/api/v3/anything` } }));
      expect(await faultOf(read())).toMatchObject({
        code: 'forge-refused',
        message: `${tiny.host} redirects to ${other.host}, and the token is not for that host`,
      });
    }
    expect(other.received).toEqual([]);
  });

  test('is not sent where the log of a job is', async () => {
    tiny.answer(() => ({ status: 302, headers: { location: `http://${other.host}/logs/7?signature=abc` } }));
    other.answer(() => ({
      body: 'line\n2026-12-01T08:00:00.0000000Z \u001b[31m##[error]broken\n2026-12-01T08:00:01.0000000Z Post job cleanup.\n',
    }));
    expect(await log()).toBe('line\n##[error]broken');
    const [asked] = other.received;
    expect(asked?.path).toBe('/logs/7?signature=abc');
    expect(asked?.headers.authorization).toBeUndefined();
    expect(JSON.stringify(asked)).not.toContain(token);
  });

  test('and not even its request goes on from there, back to the host', async () => {
    tiny.answer(({ path }) =>
      path.includes('/logs') ? { status: 302, headers: { location: `http://${other.host}/logs` } } : { status: 200, body: 'never' },
    );
    other.answer(() => ({ status: 302, headers: { location: 'http://nowhere.invalid/logs' } }));
    expect(await faultOf(log())).toMatchObject({ code: 'forge-refused' });
    expect(other.received).toHaveLength(1);
  });

  test('does not go round in circles', async () => {
    tiny.answer(() => ({ status: 302, headers: { location: '/api/v3/again' } }));
    expect(await faultOf(read())).toMatchObject({ code: 'forge-away' });
    expect(paths().length).toBeLessThanOrEqual(5);
  });
});

describe('points', () => {
  test('are counted for each request, also for one that is tried again, and never exceeded', async () => {
    account = await accountAt(tiny, { clock: clockAt(start), pointsPerHour: 4 });
    tiny.answer(() => ({ status: 502 }));
    expect(await faultOf(read())).toMatchObject({ code: 'forge-away' });
    expect(account.points()).toMatchObject({ used: 4, left: 0 });
    const asked = tiny.received.length;
    expect(await faultOf(read())).toMatchObject({ code: 'forge-limited', data: { by: 'ours' } });
    expect(tiny.received).toHaveLength(asked);
  });

  test('are not used by an answer that is unchanged', async () => {
    tiny.answer(({ headers }) =>
      headers['if-none-match'] === '"a"' ? { status: 304 } : { headers: { etag: '"a"' }, body: { object: { sha: 'another' } } },
    );
    expect(await read()).toBe(false);
    const { used } = account.points();
    expect(await read()).toBe(false);
    expect(account.points().used).toBe(used);
    expect(tiny.received.at(-1)?.headers['if-none-match']).toBe('"a"');
  });

  test('that the host counts are heard', async () => {
    const headers = {
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': '12',
      'x-ratelimit-reset': `${start / 1000 + 60}`,
      'x-ratelimit-resource': 'core',
    };
    tiny.answer(() => ({ status: 404, headers }));
    await read();
    expect(account.points()).toMatchObject({ left: 12, resetsAt: start + 60_000 });
  });
});

it('ends at once when it is stopped, also while it waits for an answer', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = new AbortController();
  tiny.answer(() => {
    stop.abort();
    return { after: promise };
  });
  expect(await faultOf(account.within(stop.signal).deleteBranch({ repository: repository(), ...branch }))).toMatchObject({
    code: 'stopped',
  });
  resolve();
  tiny.answer(() => ({ status: 404 }));
  expect(await read()).toBe(true);
});
