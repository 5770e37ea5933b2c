// What goes wrong at GitHub: limits, lost answers, redirects, tokens with too few rights. And what costs nothing.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addApp, connect, openOne } from './stage.samples.ts';
import type { Client } from './stage.samples.ts';
import { ForgeStage } from './stage.ts';
import { secondaryLimit } from './faults.ts';

let stage: ForgeStage;
let robot: Client;
let clock: number;
const app = '/repos/acme/app';

beforeEach(async () => {
  clock = Date.parse('2026-11-01T00:00:00Z');
  stage = await ForgeStage.start({ now: () => clock });
  robot = addApp(stage);
});

afterEach(async () => {
  expect(stage.violations()).toEqual([]);
  await stage.close();
});

test('a conditional request is free until something changes', async () => {
  openOne(stage);
  const first = await robot.rest('GET', `${app}/pulls/1`);
  const etag = first.headers.get('etag') ?? '';
  const again = await robot.rest('GET', `${app}/pulls/1`, undefined, { 'if-none-match': etag });
  expect([again.status, again.headers.get('x-ratelimit-used'), stage.points('robot').rest]).toEqual([304, '1', 1]);
  stage.as('alice').comment({ repository: 'acme/app', number: 1 }, 'Look');
  expect((await robot.rest('GET', `${app}/pulls/1`, undefined, { 'if-none-match': etag })).status).toBe(200);
  expect(stage.requests().map(({ status, points }) => [status, points])).toEqual([
    [200, 1],
    [304, 0],
    [200, 1],
  ]);
});

test('lists have pages with links', async () => {
  for (const title of ['one', 'two', 'three']) stage.as('alice').openIssue({ repository: 'acme/app', title });
  const first = await robot.rest('GET', `${app}/issues?per_page=2&direction=asc`);
  expect(first.body.map(({ title }: { title: string }) => title)).toEqual(['one', 'two']);
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  const second = await robot.rest('GET', next.slice(`${stage.url}/api/v3`.length));
  expect(second.body.map(({ title }: { title: string }) => title)).toEqual(['three']);
  expect(second.headers.get('link')).toContain('rel="first"');
});

test('the hour’s requests of the account, whichever token it uses', async () => {
  const other = connect(stage, stage.token({ login: 'robot' }));
  stage.limits().leave('robot', { resource: 'core', left: 1 });
  expect((await other.rest('GET', '/user')).headers.get('x-ratelimit-remaining')).toBe('0');
  const refused = await robot.rest('GET', '/user');
  expect(refused).toMatchObject({ status: 403, body: { message: 'API rate limit exceeded for user robot.' } });
  expect(refused.headers.get('x-ratelimit-reset')).toBe(String(clock / 1_000 + 3_600));
  expect((await robot.rest('GET', '/rate_limit')).body.rate.remaining).toBe(0);
  expect((await robot.graphql('{ viewer { login } }')).body.data.viewer.login).toBe('robot');
  stage.limits().leave('robot', { resource: 'graphql', left: 0 });
  expect(await robot.graphql('{ viewer { login } }')).toMatchObject({ status: 200, body: { errors: [{ type: 'RATE_LIMITED' }] } });
  clock += 3_600_000;
  expect((await robot.rest('GET', '/user')).status).toBe(200);
});

test('the limits a minute: 900 points, of which a write takes 5, and 80 requests that create content', async () => {
  const issue = stage.as('alice').openIssue({ repository: 'acme/app', title: 'Busy' });
  const comment = () => robot.rest('POST', `${app}/issues/${issue.number}/comments`, { body: 'again' });
  for (let sent = 0; sent < 80; sent += 1) await comment();
  expect(stage.points('robot').minute).toMatchObject({ rest: 400, content: 80 });
  const refused = await comment();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([403, '60']);
  expect((await robot.rest('GET', '/user')).status).toBe(200);
  clock += 60_000;
  expect((await comment()).status).toBe(201);
});

test('a connection lost before the effect, and one lost after it', async () => {
  const issue = stage.as('alice').openIssue({ repository: 'acme/app', title: 'Quiet' });
  const comment = () => robot.rest('POST', `${app}/issues/${issue.number}/comments`, { body: 'once' });
  stage.fail({ method: 'POST', path: '/comments', how: { drop: 'before' } });
  await expect(comment()).rejects.toThrow('fetch failed');
  expect(issue.comments).toHaveLength(0);
  stage.fail({ method: 'POST', path: '/comments', how: { drop: 'after' } });
  await expect(comment()).rejects.toThrow('fetch failed');
  expect(issue.comments).toHaveLength(1);
  expect(stage.requests().map(({ status }) => status)).toEqual([null, null]);
});

test('a request that is never answered ends with the stage or its sender', async () => {
  stage.fail({ path: '/user', how: { hang: true } });
  const stop = new AbortController();
  const asked = fetch(`${stage.url}/api/v3/user`, { signal: stop.signal });
  const entry = await stage.request(({ path }) => path === '/user', AbortSignal.timeout(60_000));
  expect(entry.status).toBeNull();
  stop.abort();
  await expect(asked).rejects.toThrow('aborted');
});

test('failures of GitHub, so many times', async () => {
  stage.fail({ path: '/user', times: 2, how: { status: 502 } });
  stage.fail({ path: /pulls$/, how: secondaryLimit(30) });
  const statuses = [];
  for (const path of ['/user', '/user', '/user', `${app}/pulls`]) statuses.push((await robot.rest('GET', path)).status);
  expect(statuses).toEqual([502, 502, 200, 403]);
});

test('a repository that moved redirects to its id, where it answers', async () => {
  openOne(stage);
  stage.rename('acme/app', 'acme/web');
  const moved = await robot.rest('GET', `${app}/pulls/1`);
  expect(moved.status).toBe(301);
  const location = moved.headers.get('location') ?? '';
  expect((await robot.rest('GET', location.slice(`${stage.url}/api/v3`.length))).body).toMatchObject({
    number: 1,
    base: { repo: { full_name: 'acme/web' } },
  });
  expect((await robot.rest('POST', `${app}/issues`, { title: 'x' })).status).toBe(307);
  expect((await robot.graphql('{ repository(owner: "acme", name: "app") { nameWithOwner } }')).body.data.repository.nameWithOwner).toBe(
    'acme/web',
  );
});

test('an issue that was deleted, and one that was transferred', async () => {
  stage.addRepository({ name: 'acme/other', people: { robot: 'write' } });
  const gone = stage.as('alice').openIssue({ repository: 'acme/app', title: 'Gone' });
  const away = stage.as('alice').openIssue({ repository: 'acme/app', title: 'Away' });
  stage.as('alice').deleteIssue({ repository: 'acme/app', number: gone.number });
  stage.as('alice').transferIssue({ repository: 'acme/app', number: away.number }, 'acme/other');
  expect((await robot.rest('GET', `${app}/issues/${gone.number}`)).status).toBe(410);
  const moved = await robot.rest('GET', `${app}/issues/${away.number}`);
  expect([moved.status, moved.headers.get('location')]).toEqual([301, `${stage.url}/api/v3/repos/acme/other/issues/1`]);
  expect((await robot.rest('GET', `${app}/issues`)).body).toEqual([]);
});

test('a fine-grained token has the rights that it was given, and is told which it lacks', async () => {
  openOne(stage);
  const fine = connect(
    stage,
    stage.token({ login: 'robot', kind: 'fine-grained', rights: { pull_requests: 'read', contents: 'read', actions: 'read' } }),
  );
  expect((await fine.rest('GET', `${app}/pulls/1`)).status).toBe(200);
  const sha = stage.pull('acme/app', 1).shown;
  const lacking = [];
  for (const [method, path] of [
    ['GET', `${app}/commits/${sha}/check-runs`],
    ['PUT', `${app}/pulls/1/merge`],
    ['POST', `${app}/issues/1/comments`],
    ['GET', `${app}/commits/${sha}/status`],
  ] as const) {
    const { status, body, headers } = await fine.rest(method, path, method === 'GET' ? undefined : { body: 'x' });
    lacking.push([status, body.message, headers.get('x-accepted-github-permissions')]);
  }
  const message = 'Resource not accessible by personal access token';
  expect(lacking).toEqual([
    [403, message, 'checks=read'],
    [403, message, 'contents=write'],
    [403, message, 'issues=write; pull_requests=write'],
    [403, message, 'statuses=read'],
  ]);
  expect((await fine.rest('GET', `${app}/actions/runs`)).status).toBe(200);
});

test('who may what: a stranger reads and comments, and does not merge; a classic token needs its scope', async () => {
  openOne(stage);
  const stranger = connect(stage, stage.token({ login: 'stranger' }));
  expect((await stranger.rest('POST', `${app}/issues/1/comments`, { body: 'Hello' })).body.author_association).toBe('NONE');
  expect((await stranger.rest('PUT', `${app}/pulls/1/merge`, {})).status).toBe(403);
  expect((await stranger.rest('PATCH', `${app}/pulls/1`, { title: 'Mine' })).status).toBe(403);
  const bare = connect(stage, stage.token({ login: 'robot', scopes: [] }));
  expect((await bare.rest('GET', app)).headers.get('x-oauth-scopes')).toBe('');
  expect((await bare.rest('POST', `${app}/issues/1/comments`, { body: 'Hello' })).status).toBe(404);
  expect((await connect(stage, 'wrong').rest('GET', '/user')).status).toBe(401);
  expect((await connect(stage, '').rest('GET', '/user')).status).toBe(401);
  const revoked = connect(stage, stage.token({ login: 'robot' }));
  stage.revoke(revoked.token);
  expect((await revoked.rest('GET', '/user')).status).toBe(401);
});

test('the journal has no token in it', async () => {
  await robot.rest('GET', '/user');
  await robot.graphql('{ viewer { login } }');
  expect(JSON.stringify(stage.requests())).not.toContain(robot.token);
  expect(stage.requests()).toMatchObject([
    { path: '/user', login: 'robot' },
    { path: '/graphql', fields: ['viewer'] },
  ]);
});
