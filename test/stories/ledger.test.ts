// The ledger against the model server's own count: equal to the token with the real agents, under a retry of a request,
// a resumed session, a subagent of another model and a worker that was ended before it could close its account.
import { expect, test } from 'vitest';
import type { Script, Step, Usage } from '../model-server/steps.ts';
import { needsAgents } from '../support/skip-without.ts';
import { ended, openYard, type Yard } from '../support/yard.ts';

needsAgents('claude', 'opencode');

interface Row {
  readonly task: string | null;
  readonly model: string;
  readonly provider: string;
  readonly attempt: number;
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly costUsd: number | null;
  readonly equivalentCostUsd: number | null;
  readonly billing: string;
  readonly source: string;
  readonly requestedTier: string | null;
  readonly tier: string | null;
}

interface Report {
  readonly costUsd: number;
  readonly unknownCosts: number;
  readonly rows: readonly Row[];
  readonly drift: readonly { readonly requested: string; readonly actual: string }[];
}

const kinds = ['input', 'output', 'cacheRead', 'cacheWrite'] as const;
const nothing: Usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

function add(sums: Map<string, Usage>, given: { readonly key: string; readonly usage: Usage }): void {
  const before = sums.get(given.key) ?? nothing;
  const [input, output, cacheRead, cacheWrite] = kinds.map((kind) => before[kind] + given.usage[kind]) as [number, number, number, number];
  sums.set(given.key, { input, output, cacheRead, cacheWrite });
}

/** Tokens by scenario (the task; null: a trial of a sign-in) and model, as the server served them. */
function served(yard: Yard): Map<string, Usage> {
  const sums = new Map<string, Usage>();
  for (const { scenario, model, usage, kind } of yard.server.requests()) {
    expect(kind).toBe('step');
    if (usage !== null) add(sums, { key: `${scenario === 'default' ? null : scenario} ${model}`, usage });
  }
  return sums;
}

function booked(rows: readonly Row[]): Map<string, Usage> {
  const sums = new Map<string, Usage>();
  for (const row of rows) add(sums, { key: `${row.task} ${row.model.slice(row.model.indexOf('/') + 1)}`, usage: row });
  return sums;
}

const commit = (file: string): Step => ({
  bash: `echo ${file} > ${file} && git add -A && git commit -q -m "the work"`,
  usage: { input: 1234, output: 56, cacheRead: 789 },
});
/** Each figure another, so that none can stand for another. */
const overloaded: Step = { error: { status: 529 }, headers: { 'retry-after': '0' } };

function scriptOf(delegate: Step, writes: number): readonly Step[] {
  return [
    overloaded,
    delegate,
    { bash: 'true', text: 'Sub at work.', usage: { input: 777, output: 33, cacheRead: 11 } },
    { say: 'Sub done.', usage: { input: 888, output: 44, cacheWrite: writes } },
    { say: 'I think that this is done.', usage: { input: 1500, output: 15 } },
    commit('work.txt'),
    { say: 'Now it is.', usage: { input: 2222, output: 22, cacheRead: 2000 } },
  ];
}

test('the ledger equals the server’s count to the token, with a retry, a subagent of another model and a resumed session', async () => {
  const claudeTask: Step = {
    tool: {
      name: 'Agent',
      input: { description: 'sub', prompt: 'Look around for task t1.', subagent_type: 'general-purpose', model: 'haiku' },
    },
    text: 'I delegate.',
    usage: { input: 1001, output: 101, cacheRead: 5, cacheWrite: 7 },
  };
  const opencodeTask: Step = {
    tool: { name: 'task', input: { description: 'sub', prompt: 'Look around for task t2.', subagent_type: 'general' } },
    text: 'I delegate.',
    usage: { input: 1003, output: 103, cacheRead: 9 },
  };
  // OpenAI's form of an answer has no field for tokens written to a cache.
  const script: Script = { t1: scriptOf(claudeTask, 13), t2: scriptOf(opencodeTask, 0) };
  const yard = await openYard({
    todo: '- [ ] t1 Make it #auto-dispatch agent:claude model:opus\n- [ ] t2 Make it #auto-dispatch agent:opencode\n',
    script,
    config: { budget: { perTaskUsd: 0.02, dailyUsd: 100 } },
  });
  const ran = await yard.run('run', '--concurrency', '2');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const report = await yard.json<Report>('budget', 'report');
  expect(booked(report.rows)).toEqual(served(yard));
  // Two attempts each: the second went on in the session of the first and is charged for its own part alone.
  expect(new Set(report.rows.map(({ task, attempt }) => `${task} ${attempt}`))).toEqual(new Set(['t1 1', 't1 2', 't2 1', 't2 2']));
  const models = report.rows.filter(({ task, attempt }) => task === 't1' && attempt === 1);
  expect(models.map(({ model, tier, requestedTier }) => [model.replace(/-\d{8}$/, ''), tier, requestedTier])).toEqual(
    expect.arrayContaining([
      ['anthropic/claude-haiku-5-5', null, 'opus'],
      ['anthropic/claude-opus-5-5', 'opus', 'opus'],
    ]),
  );
  expect(models).toHaveLength(2);
  expect(report.drift).toEqual([expect.objectContaining({ requested: 'opus', actual: 'anthropic/claude-haiku-5-5' })]);
  expect(report.rows.every(({ source, costUsd, equivalentCostUsd }) => source === 'agent' && costUsd === equivalentCostUsd)).toBe(true);
  const sum = report.rows.reduce((so, { costUsd }) => so + (costUsd ?? 0), 0);
  expect([report.unknownCosts, report.costUsd]).toEqual([0, expect.closeTo(sum, 9)]);
  // What attempts are said to have cost is what the ledger has of them.
  const shown = await yard.json<{ attempts: { costUsd: number; tokens: Usage }[] }>('show', 't1');
  for (const [index, { costUsd, tokens }] of shown.attempts.entries()) {
    const rows = report.rows.filter(({ task, attempt }) => task === 't1' && attempt === index + 1);
    expect(rows.reduce((so, row) => so + (row.costUsd ?? 0), 0)).toBeCloseTo(costUsd, 9);
    for (const kind of kinds) expect(rows.reduce((so, row) => so + row[kind], 0)).toBe(tokens[kind]);
  }
});

test('the answers of a worker that was ended are counted as they arrived and priced by our table', async ({ signal }) => {
  const yard = await openYard({
    todo: '- [ ] t1 Make it #auto-dispatch agent:claude model:opus\n',
    script: { t1: [{ bash: 'true', usage: { input: 1001, output: 101, cacheRead: 5, cacheWrite: 7 } }, { hang: true }] },
  });
  const ran = ended(yard.start('run'));
  await yard.server.request(({ step }) => step === 1, signal);
  expect((await yard.run('cancel', 't1')).code).toBe(0);
  await ran;
  const { rows } = await yard.json<Report>('budget', 'report');
  // An answer's output is told as it stood at the answer's beginning, where the server says 1: a lower bound.
  expect(rows).toMatchObject([
    { input: 1001, output: 1, cacheRead: 5, cacheWrite: 7, source: 'prices', model: 'anthropic/claude-opus-5-5' },
  ]);
  expect(rows[0]?.costUsd).toBeCloseTo((1001 * 4 + 20 + 5 * 0.2 + 7 * 5) / 1e6, 9);
});

test('work on a subscription costs nothing, and its usage windows and work are shown', async () => {
  const resetsAt = Math.ceil(Date.now() / 1000) + 3600;
  const headers = {
    'anthropic-ratelimit-unified-status': 'allowed_warning',
    'anthropic-ratelimit-unified-reset': String(resetsAt),
    'anthropic-ratelimit-unified-representative-claim': 'five_hour',
    'anthropic-ratelimit-unified-5h-status': 'allowed_warning',
    'anthropic-ratelimit-unified-5h-reset': String(resetsAt),
    'anthropic-ratelimit-unified-5h-utilization': '0.93',
    'anthropic-ratelimit-unified-5h-surpassed-threshold': '0.9',
  };
  const yard = await openYard({
    todo: '- [ ] t1 Make it #auto-dispatch agent:claude model:opus\n',
    script: {
      default: [{ say: 'ok' }],
      t1: [
        { ...commit('work.txt'), headers },
        { say: 'Done.', headers },
      ],
    },
    claudeEnv: { CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-test-000' },
    config: { budget: { dailyUsd: 0.0001 }, accounts: { key: { provider: 'anthropic', secret: 'env:OWN_KEY', agents: ['claude'] } } },
    env: { OWN_KEY: 'sk-ant-test-001' },
  });
  const ran = await yard.run('run');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const report = await yard.json<Report>('budget', 'report');
  expect(booked(report.rows)).toEqual(served(yard));
  // The trial of the sign-in, too, is billed to the plan.
  expect(report.rows).toMatchObject([null, 't1'].map((task) => ({ task, billing: 'subscription', costUsd: 0, source: 'agent' })));
  expect(report.rows.every(({ equivalentCostUsd }) => (equivalentCostUsd ?? 0) > 0)).toBe(true);
  const status = await yard.json<{ windows: unknown[]; budgets: unknown[] }>('budget', 'status');
  expect(status.windows).toEqual([
    expect.objectContaining({
      name: 'five_hour',
      used: 0.93,
      resetsAt: new Date(resetsAt * 1000).toISOString(),
      over: false,
      work: expect.objectContaining({
        attempts: 1,
        costUsd: 0,
        equivalentCostUsd: expect.closeTo(
          report.rows.reduce((so, row) => so + (row.equivalentCostUsd ?? 0), 0),
          9,
        ),
      }),
    }),
  ]);
  expect(status.budgets).toEqual([expect.objectContaining({ budget: 'day', spent: 0, level: 'ok' })]);
  expect((await yard.run('budget', 'check')).code).toBe(0);
  // A trial of a key is paid for, and has no task.
  const tried = async (...options: string[]): Promise<{ told: string | undefined; used: string | undefined }> => {
    const { code, stderr } = await yard.run('accounts', 'test', 'key', ...options);
    expect(code).toBe(0);
    return { told: / with (\S+) …/.exec(stderr)?.[1], used: (await yard.json<Report>('budget', 'report')).rows.at(-1)?.model };
  };
  expect(await tried()).toEqual({ told: 'anthropic/claude-haiku-4-5', used: 'anthropic/claude-haiku-4-5' });
  expect(await tried('--model', 'sonnet')).toEqual({ told: 'anthropic/claude-sonnet-5', used: 'anthropic/claude-sonnet-5' });
  const after = await yard.json<Report>('budget', 'report');
  expect(booked(after.rows)).toEqual(served(yard));
  expect(after.rows.at(-1)).toMatchObject({ task: null, attempt: null, account: 'key', billing: 'token' });
  expect(after.costUsd).toBeGreaterThan(0);
  expect((await yard.run('budget', 'report', '--csv')).stdout.trimEnd().split('\n')).toHaveLength(1 + after.rows.length);
});

test('a spent budget is notified once per threshold, and budget check says until when it holds', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 Make it #auto-dispatch\n',
    actions: { t1: [[{ commit: { file: 'work.txt', content: 'x\n', message: 'the work' } }]] },
    config: { budget: { dailyUsd: 0.001 }, notify: { command: 'echo "$YARDMASTER_NOTICE $YARDMASTER_MESSAGE" >> "$HOME/told"' } },
    env: { TZ: 'UTC' },
  });
  expect((await yard.run('run')).code).toBe(0);
  expect((await yard.run('pulse')).code).toBe(0);
  const events = await yard.json<{ budget: string; level: string; limit: number }[]>('budget', 'events');
  // A threshold may have been passed while it ran; the last one is told in any case, and each of them once.
  expect(events[0]).toMatchObject({ budget: 'day', level: 'stop', limit: 0.001 });
  expect(new Set(events.map(({ level }) => level)).size).toBe(events.length);
  const { execFileSync } = await import('node:child_process');
  const told = execFileSync('cat', [`${yard.env['HOME']}/told`], { encoding: 'utf8' })
    .trim()
    .split('\n');
  expect(told.filter((line) => line.endsWith('no new attempt is started'))).toEqual([
    expect.stringMatching(/^budget the budget of the day: /),
  ]);
  const check = await yard.run('budget', 'check');
  expect(check).toMatchObject({
    code: 3,
    stdout: '',
    stderr: expect.stringMatching(/^budget: the budget of the day: .*\n {2}→ a new day begins at .*T00:00:00\.000Z/),
  });
  const json = await yard.json<{ refused: string; until: string }>('budget', 'check', '--task', 't1');
  expect(json).toMatchObject({ level: 'stop', refused: 'budget', until: expect.stringMatching(/T00:00:00\.000Z$/) });
  expect((await yard.run('budget', 'configure', '--daily', '50')).code).toBe(0);
  expect((await yard.run('budget', 'check')).code).toBe(0);
});
