// Several ways to pay, and the real Claude Code beside another agent: work goes where it should, and moves on when a sign-in or a limit ends it.
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Choice } from '../model-server/model-server.ts';
import { agentBinary } from '../support/agents.ts';
import { needsAgents } from '../support/skip-without.ts';
import { openYard, strays, type Told, type Yard, type YardOptions } from '../support/yard.ts';

needsAgents('claude');

const [planToken, key] = ['sk-ant-oat01-story', 'sk-ant-api03-story'];
const work = (file: string) => [{ bash: `echo ${file} > ${file} && git add -A && git commit -q -m "the work"` }, { say: 'Done.' }];
const commit = (file: string) => ({ commit: { file, content: `${file}\n`, message: 'the work' } });
const anthropic = (url: string) => ({
  anthropic: {
    npm: '@ai-sdk/anthropic',
    options: { baseURL: `${url}/v1` },
    models: { 'claude-opus-5-5': { name: 'Opus', cost: { input: 3, output: 15 }, limit: { context: 200_000, output: 8192 } } },
  },
});

interface Shown {
  readonly state: string;
  readonly retries: number;
  readonly notBefore: string | null;
  readonly transitions: readonly { readonly from: string; readonly to: string }[];
  readonly attempts: readonly {
    readonly agent: string;
    readonly account: string;
    readonly billing: string;
    readonly verdict: string;
    readonly worktree: string;
    readonly startedAt: string;
    readonly costUsd: number;
    readonly route: { readonly reasons: readonly string[] };
  }[];
}

/** A plan's token and a key, both in the supervisor's environment. */
function openPaid(options: YardOptions): Promise<Yard> {
  return openYard({
    claudeEnv: {},
    providers: anthropic,
    ...options,
    env: { CLAUDE_CODE_OAUTH_TOKEN: planToken, ANTHROPIC_API_KEY: key, ...options.env },
    script: { default: [{ say: 'ok' }], ...options.script },
  });
}

/**
 * Claude Code is the real one, whose sign-in it is about; what goes elsewhere goes to the scripted OpenCode. (Both real ones in one
 * run: mcp-servers.test.ts.)
 */
const claudeAlone = (ids: readonly string[]): Pick<YardOptions, 'paths' | 'actions'> => ({
  paths: () => ({ claude: agentBinary('claude') ?? 'claude' }),
  actions: Object.fromEntries(ids.map((id) => [id, [[commit(`${id}.txt`)]]])),
});

const bearerOf = (request: Choice): string | null => request.headers['authorization']?.replace(/^Bearer /, '') ?? null;

test('one run gives Anthropic models to Claude Code on the plan and another provider’s models to OpenCode', async () => {
  const ids = ['t1', 't2', 't3'];
  const yard = await openPaid({
    ...claudeAlone(['t2']),
    todo: ids.map((id, i) => `- [ ] ${id} Task ${i} #auto-dispatch ${i % 2 === 0 ? 'model:opus' : 'model:acme/coder-1'}\n`).join(''),
    script: Object.fromEntries(ids.map((id) => [id, work(`${id}.txt`)])),
  });
  const ran = await yard.run('run', '--concurrency', '3');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const told = await yard.json<(Told & { account: string; billing: string })[]>('ls');
  expect(told.map(({ state, agent, account, billing }) => [state, agent, account, billing])).toEqual([
    ['done', 'claude', 'claude-token', 'subscription'],
    ['done', 'opencode', 'acme', 'token'],
    ['done', 'claude', 'claude-token', 'subscription'],
  ]);
  // Under a plan nothing is charged, and one trial proved it for the whole batch.
  expect((await yard.json<Shown>('show', 't1')).attempts.map(({ costUsd }) => costUsd)).toEqual([0]);
  const trials = yard.server.requests().filter(({ scenario, kind }) => scenario === 'default' && kind === 'step');
  expect(trials.map(({ bearer, apiKey }) => [bearer, apiKey])).toEqual([[planToken, null]]);
  expect(strays(yard.home)).toEqual([]);
});

test('when the plan’s token expires in the middle of a batch, the remaining tasks are delivered by OpenCode with the key', async () => {
  const ids = ['t1', 't2', 't3', 't4'];
  let asked = 0;
  const yard = await openPaid({
    ...claudeAlone(ids),
    todo: ids.map((id, i) => `- [ ] ${id} Task ${i} #auto-dispatch model:opus\n`).join(''),
    script: {
      ...Object.fromEntries(ids.map((id) => [id, work(`${id}.txt`)])),
      t3: [{ bash: 'echo begun > begun.txt', text: 'I have laid the ground.' }, ...work('t3.txt')],
      expired: [{ error: { status: 401, type: 'authentication_error', message: 'OAuth token has expired. Please obtain a new token.' } }],
    },
    choose: (request) => {
      if (bearerOf(request) !== planToken) return null;
      // The third task's first request is served; in the middle of its work the token is refused, and from then on.
      if (/\bt3\b/.test(request.prompt) || asked > 1) asked += 1;
      return asked > 1 ? 'expired' : null;
    },
  });
  const ran = await yard.run('run', '--concurrency', '1', '--json');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  expect(ran.stdout.match(/"code":"account-out"/g)).toHaveLength(1);
  const shown = await Promise.all(ids.map((id) => yard.json<Shown>('show', id)));
  expect(shown.map(({ state, retries }) => [state, retries])).toEqual(ids.map(() => ['done', 0]));
  expect(shown.map(({ attempts }) => attempts.map(({ agent, billing, verdict }) => `${agent} ${billing} ${verdict}`))).toEqual([
    ['claude subscription work'],
    ['claude subscription work'],
    ['claude subscription auth', 'opencode token work'],
    ['opencode token work'],
  ]);
  const [first, second] = shown[2]?.attempts ?? [];
  expect(second?.worktree).toBe(first?.worktree);
  const { prompt: handedOver = '', env } = yard.attempts().find(({ task }) => task === 't3') ?? {};
  expect(JSON.stringify(env)).toContain(key);
  expect(JSON.stringify(env)).not.toContain(planToken);
  expect(handedOver).toContain('claude began this task and was cut short (auth');
  expect(handedOver).toContain('begun.txt');
  expect(handedOver).toContain('I have laid the ground.');
  const accounts = await yard.json<{ name: string; state: string; why: string }[]>('accounts');
  expect(accounts.find(({ name }) => name === 'claude-token')).toMatchObject({ state: 'not', why: expect.stringContaining('auth') });
  // No request carries both, and the key never the plan's.
  for (const { apiKey, bearer } of yard.server.requests()) expect([apiKey, bearer]).toContain(null);
});

test('no request on the plan carries an API key, though the environment, the repository and the person’s settings hold one', async () => {
  const others = { ANTHROPIC_API_KEY: 'sk-ant-settings', ANTHROPIC_AUTH_TOKEN: 'tok-settings' };
  const settings = JSON.stringify({ env: others, apiKeyHelper: 'echo sk-ant-helper' });
  const yard = await openPaid({
    todo: '- [ ] t1 Task #auto-dispatch model:opus\n',
    script: { t1: work('t1.txt') },
    env: { ANTHROPIC_AUTH_TOKEN: 'tok-environment' },
    files: { '.env': 'ANTHROPIC_API_KEY=sk-ant-dotenv\n', '.claude/settings.json': settings },
  });
  yard.write(`${yard.root}/person/.claude/settings.json`, settings);
  const ran = await yard.run('run');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  expect(await yard.json<Told[]>('ls')).toMatchObject([{ state: 'done', agent: 'claude', billing: 'subscription' }]);
  const sent = yard.server.requests().map(({ apiKey, bearer }) => [apiKey, bearer]);
  expect(sent.length).toBeGreaterThan(2);
  expect(sent).toEqual(sent.map(() => [null, planToken]));
  expect(ran.stderr).not.toContain('mismatch');
});

test('a plan that reached its usage limit cools down until exactly its reset, and tasks on other accounts go on', async () => {
  const resetsAt = Math.floor(Date.now() / 1000) + 7200;
  const yard = await openPaid({
    ...claudeAlone(['t3']),
    todo: ['t1', 't2', 't3'].map((id) => `- [ ] ${id} Task #auto-dispatch model:${id === 't3' ? 'acme/coder-1' : 'opus'}\n`).join(''),
    script: { t1: [{ usageLimit: { resetsAt } }], t2: work('t2.txt') },
    env: { ANTHROPIC_API_KEY: '' },
  });
  await yard.run('run', '--until', 'idle', '--concurrency', '1');
  const shown = await Promise.all(['t1', 't2', 't3'].map((id) => yard.json<Shown>('show', id)));
  expect(shown.map(({ state, retries, attempts }) => [state, retries, attempts.map(({ verdict }) => verdict)])).toEqual([
    ['queued', 0, ['usage-limit']],
    ['queued', 0, []],
    ['done', 0, ['work']],
  ]);
  for (const one of shown.slice(0, 2)) expect(Date.parse(one.notBefore ?? '')).toBe(resetsAt * 1000);
  const [plan] = (await yard.json<{ name: string; until: string }[]>('accounts')).filter(({ name }) => name === 'claude-token');
  expect(Date.parse(plan?.until ?? '')).toBe(resetsAt * 1000);
  const explained = await yard.run('explain', 't2');
  expect(explained.stdout).toContain('limit');
});

test('a single pulse tries the sign-in and then dispatches the task on it', async () => {
  const yard = await openPaid({ todo: '- [ ] t1 Task #auto-dispatch model:opus\n', actions: { t1: [[commit('t1.txt')]] } });
  expect((await yard.run('pulse')).code).toBe(0);
  expect(await yard.json<Shown>('show', 't1')).toMatchObject({ attempts: [{ agent: 'claude', account: 'claude-token' }] });
  expect((await yard.run('run')).code).toBe(0);
  expect(strays(yard.home)).toEqual([]);
});

test('tasks that waited for a usage limit are done without a person after its reset', async () => {
  const resetsAt = Math.ceil(Date.now() / 1000) + 8;
  const yard = await openPaid({
    todo: ['t1', 't2'].map((id) => `- [ ] ${id} Task #auto-dispatch model:opus\n`).join(''),
    actions: { t1: [[{ limit: { kind: 'usage', resetsAt } }], [commit('t1.txt')]], t2: [[commit('t2.txt')]] },
    env: { ANTHROPIC_API_KEY: '' },
  });
  const ran = await yard.run('run', '--concurrency', '1');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const shown = await Promise.all(['t1', 't2'].map((id) => yard.json<Shown>('show', id)));
  expect(shown.map(({ state, retries, attempts }) => [state, retries, attempts.map(({ verdict }) => verdict)])).toEqual([
    ['done', 0, ['usage-limit', 'work']],
    ['done', 0, ['work']],
  ]);
  for (const one of shown) expect(Date.parse(one.attempts.at(-1)?.startedAt ?? '')).toBeGreaterThanOrEqual(resetsAt * 1000);
});

test('a failing sign-in that several processes share is tried once more before a task moves to another account', async () => {
  const shared = 'sk-ant-oat01-shared';
  let [asked, refused] = [0, false];
  const yard = await openPaid({
    ...claudeAlone([]),
    todo: '- [ ] t1 Task #auto-dispatch model:opus\n',
    script: {
      t1: work('t1.txt'),
      expired: [{ error: { status: 401, type: 'authentication_error', message: 'OAuth token has expired. Please obtain a new token.' } }],
    },
    env: { CLAUDE_CODE_OAUTH_TOKEN: '' },
    // Another process refreshes the token at this moment: the worker's requests are refused, a later trial is not.
    choose: (request) => {
      if (!/\bt1\b/.test(request.prompt)) {
        refused ||= asked > 0;
        return null;
      }
      asked += 1;
      return refused ? null : 'expired';
    },
  });
  const oauth = {
    accessToken: shared,
    refreshToken: 'sk-ant-ort01-x',
    expiresAt: Date.now() + 3_600_000,
    scopes: ['user:inference'],
    subscriptionType: 'max',
  };
  yard.write(`${yard.root}/person/.claude/.credentials.json`, JSON.stringify({ claudeAiOauth: oauth }), 0o600);
  const ran = await yard.run('run');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const { attempts, retries } = await yard.json<Shown>('show', 't1');
  expect([retries, attempts.map(({ account, verdict }) => [account, verdict])]).toEqual([
    0,
    [
      ['claude', 'auth'],
      ['claude', 'work'],
    ],
  ]);
  const accounts = await yard.json<{ name: string; shared: boolean; state: string }[]>('accounts');
  expect(accounts.find(({ name }) => name === 'claude')).toMatchObject({ shared: true, state: 'usable' });
  expect((await yard.run('doctor')).stdout).toContain('claude setup-token');
  // Another agent's own sign-in is no matter of Claude Code.
  rmSync(`${yard.root}/person/.claude`, { recursive: true });
  yard.write(`${yard.root}/person/.local/share/opencode/auth.json`, JSON.stringify({ openai: { type: 'oauth' } }), 0o600);
  const checks = await yard.json<{ name: string; todo: string | null }[]>('doctor');
  expect(checks.find(({ name }) => name === 'account opencode-openai')?.todo).toMatch(/limits\.perAccount/);
  expect(`${JSON.stringify(checks)}${(await yard.run('accounts')).stdout}`).not.toContain('setup-token');
});
