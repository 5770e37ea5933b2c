// What one task's failure means for the others: a provider that is down, credit that is used up, money that went elsewhere.
// `npm test` shows the rules in the tests of core and of the phases.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { atWork, eventsOf, judged } from '../support/events-of.ts';
import { ended, openYard, type Told } from '../support/yard.ts';

const commit = (file: string): Action => ({ commit: { file, content: 'x\n', message: 'the work' } });

interface Shown {
  readonly state: string;
  readonly retries: number;
  readonly attempts: readonly {
    readonly verdict: string;
    readonly startedAt: string;
    readonly endedAt: string;
    readonly model: string;
    readonly account: string;
    readonly billing: string;
    readonly billingMismatch: boolean;
  }[];
}

test('after three tasks found the provider overloaded the others wait, one task tries it, and then all go on', async () => {
  const ids = ['t1', 't2', 't3', 't4', 't5'];
  const lines = ids.map((id, i) => `- [ ] ${id} Task ${i} #auto-dispatch\n`);
  const yard = await openYard({
    todo: lines.slice(0, 3).join(''),
    actions: Object.fromEntries(
      ids.map((id, i) => [
        id,
        i < 3
          ? [[{ say: 'at work' }, { waitFor: { file: 'go-on' } }, { error: { status: 529, message: 'Overloaded' } }], [commit(`${id}.txt`)]]
          : [[commit(`${id}.txt`)]],
      ]),
    ),
    // None of the three may be tried again, and succeed, before all of them have failed.
    config: { worker: { backoffSeconds: 10 }, routing: { cooldownSeconds: 2 } },
  });
  const supervisor = yard.start('run', '--concurrency', '3', '--json');
  const all = ended(supervisor);
  const event = eventsOf(supervisor);
  await Promise.all(ids.slice(0, 3).map((id) => event(atWork(id))));
  yard.write(join(yard.root, 'agents', 'go-on'), '');
  await Promise.all(ids.slice(0, 3).map((id) => event(judged(id))));
  yard.writeTodo(lines.join(''));
  const ran = await all;
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const shown = await Promise.all(ids.map((id) => yard.json<Shown>('show', id)));
  expect(shown.map(({ state, retries, attempts }) => [state, retries, attempts.map(({ verdict }) => verdict)])).toEqual(
    ids.map((_, i) => ['done', 0, i < 3 ? ['overloaded', 'work'] : ['work']]),
  );
  expect(ran.stdout).toContain('"provider-down"');
});

test('the task of an overloaded model goes to the next of its chain at once, and after all failed to one that has rested for a while', async () => {
  const backoffSeconds = 20;
  const config = (chain: readonly string[]) => ({
    models: { default: 'big', tiers: { big: 'acme/coder-1' }, chain: { big: chain } },
    // Half of it is longer than a slow machine takes to the next attempt, or the first would serve again by then.
    worker: { backoffSeconds },
  });
  const yard = await openYard({
    todo: '- [ ] t1 Task #auto-dispatch\n',
    // The first worker of either agent.
    actions: { t1: [[{ error: { status: 529, message: 'Overloaded' } }], [commit('one.txt')]] },
    config: config(['opus']),
  });
  const ran = await yard.run('run', '--json');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const shown = await yard.json<Shown>('show', 't1');
  const both = ['acme/coder-1', 'anthropic/claude-opus-5-5'];
  expect([shown.state, shown.retries, shown.attempts.map(({ verdict, model }) => [verdict, model])]).toEqual([
    'done',
    0,
    [
      ['overloaded', both[0]],
      ['overloaded', both[1]],
      ['work', expect.toBeOneOf(both)],
    ],
  ]);
  // The jitter of each back-off decides which of the two may be tried first: that one has rested for half of it at least.
  const third = shown.attempts[2];
  const failed = shown.attempts.find(({ model }) => model === third?.model);
  const rested = Date.parse(third?.startedAt ?? '') - Date.parse(failed?.endedAt ?? '');
  expect(rested).toBeGreaterThanOrEqual((backoffSeconds * 1000) / 2);

  const wrong = await openYard({
    todo: '- [ ] t1 Task #auto-dispatch\n',
    actions: { t1: [[commit('one.txt')]] },
    config: config(['opsu']),
  });
  expect((await wrong.run('route', '--model', 'big')).code).toBe(3);
  await wrong.run('run');
  expect(await wrong.json<Told[]>('ls')).toMatchObject([
    { state: 'blocked', reason: expect.stringMatching(/"opsu" \(models\.chain\) is neither/) },
  ]);
});

test('an account without credit is not used until a person resumes it', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 Task #auto-dispatch model:opus\n- [ ] t2 Task #auto-dispatch model:opus\n',
    actions: {
      t1: [[{ error: { status: 400, message: 'Your credit balance is too low to access the Anthropic API.' } }], [commit('one.txt')]],
      t2: [[commit('two.txt')]],
    },
  });
  await yard.run('run', '--concurrency', '1');
  expect((await yard.json<Told[]>('ls')).map(({ state, reason }) => [state, reason])).toEqual([
    ['blocked', expect.stringMatching(/^billing: .*no-account/)],
    ['blocked', expect.stringMatching(/^no-account: .*billing/)],
  ]);
  const accounts = await yard.json<{ name: string; state: string; why: string }[]>('accounts');
  expect(accounts.find(({ name }) => name === 'anthropic@claude')).toMatchObject({ state: 'not', why: expect.stringContaining('billing') });
  for (const task of ['t1', 't2'])
    expect(await yard.json('explain', task)).toMatchObject({
      moves: expect.stringContaining('anthropic@claude is not used'),
      command: 'yardmaster accounts resume anthropic@claude',
    });
  const checks = await yard.json<{ name: string; todo: string }[]>('doctor');
  expect(checks.find(({ name }) => name === 'account anthropic@claude')?.todo).toMatch(/yardmaster accounts resume anthropic@claude$/);
  // Nothing goes on before that.
  expect((await yard.run('run')).code).toBe(3);
  expect((await yard.run('accounts', 'resume', 'anthropic@claude')).code).toBe(0);
  expect((await yard.json<Told[]>('ls')).map(({ state, reason }) => [state, reason])).toEqual(
    ['t1', 't2'].map(() => ['queued', 'the account anthropic@claude was resumed']),
  );
  expect((await yard.run('run')).code).toBe(0);
});

test.each([true, false])(
  'a successful accounts test resumes an account whose credit is back, but not one that a person paused (%s)',
  async (byPerson) => {
    const yard = await openYard({
      todo: '- [ ] t1 Task #auto-dispatch model:opus\n',
      actions: {
        t1: [[{ error: { status: 400, message: 'Your credit balance is too low to access the Anthropic API.' } }], [commit('one.txt')]],
        '*': [[{ say: 'ok' }]],
      },
    });
    const account = 'anthropic@claude';
    await yard.run('run');
    if (byPerson) await yard.run('accounts', 'pause', account);
    expect((await yard.run('accounts', 'test', account)).code).toBe(0);
    expect((await yard.json<Told[]>('ls')).map(({ state, reason }) => [state, reason])).toEqual([
      byPerson ? ['blocked', expect.stringMatching(/^billing: .*no-account/)] : ['queued', `the account ${account} was proved`],
    ]);
    expect((await yard.run('run')).code).toBe(byPerson ? 3 : 0);
  },
);

test('a plan becomes the last choice as soon as a worker reports that it is nearly used up', async () => {
  const resetsAt = Math.ceil(Date.now() / 1000) + 3600;
  const event = {
    type: 'rate_limit_event',
    rate_limit_info: {
      status: 'allowed_warning',
      rateLimitType: 'five_hour',
      resetsAt,
      utilization: 0.95,
      unifiedWindows: { five_hour: { utilization: 0.95, resetsAt, status: 'allowed_warning' } },
    },
  };
  const yard = await openYard({
    todo: '- [ ] t1 Task #auto-dispatch model:opus\n- [ ] t2 Task #auto-dispatch model:opus\n',
    actions: {
      t1: [[{ raw: { text: `${JSON.stringify(event)}\n` } }, { waitFor: { file: 'go-on' } }, commit('one.txt')]],
      t2: [[commit('two.txt')]],
    },
    claudeEnv: { CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-story', ANTHROPIC_API_KEY: 'sk-ant-test-000' },
    // The second waits for the plan, until there is a better choice.
    config: { limits: { perAccount: { 'claude-token': 1 } } },
  });
  const running = yard.start('run', '--json');
  const ran = ended(running);
  await new Promise<void>((resolve) => {
    let said = '';
    running.stdout?.on('data', (text: string) => {
      said += text;
      if (/"task":"t2"[^\n]*"to":"done"/.test(said)) resolve();
    });
    running.once('close', () => resolve());
  });
  yard.write(join(yard.root, 'agents', 'go-on'), '');
  expect((await ran).code, (await ran).stdout).toBe(0);
  expect((await yard.json<(Told & { account: string })[]>('ls')).map(({ state, account }) => [state, account])).toEqual([
    ['done', 'claude-token'],
    ['done', 'anthropic@claude'],
  ]);
});

test('a key that another agent could use better is used with one warning', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 Task #auto-dispatch model:opus\n- [ ] t2 Task #auto-dispatch model:opus\n',
    actions: { t1: [[commit('one.txt')]], t2: [[commit('two.txt')]] },
    claudeEnv: {},
    env: { ANTHROPIC_API_KEY: 'sk-ant-test-000' },
    paths: () => ({ opencode: 'opencode-that-is-not-here' }),
  });
  const ran = await yard.run('run');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  expect(ran.stderr.match(/claude uses the key, because opencode is not installed/g)).toHaveLength(1);
});

test('work that was billed to another account than planned raises an alarm', async () => {
  const init = { type: 'system', subtype: 'init', session_id: '11111111-2222-4333-8444-555555555555', apiKeySource: 'ANTHROPIC_API_KEY' };
  const yard = await openYard({
    todo: '- [ ] t1 Task #auto-dispatch model:opus\n',
    actions: { t1: [[{ raw: { text: `${JSON.stringify(init)}\n` } }, commit('one.txt'), { say: 'Done.' }]] },
    claudeEnv: { CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-story' },
    config: { notify: { command: 'echo "$YARDMASTER_MESSAGE" >> notices.txt' } },
  });
  const ran = await yard.run('run');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  expect(ran.stderr).toContain('WARNING: 1 attempt was billed in another way than planned (yardmaster show t1)');
  const status = await yard.run('status');
  expect(status.stdout).toContain('WARNING t1 attempt 1 was billed by token, but planned on the account claude-token (subscription)');
  expect(await yard.json<Shown>('show', 't1')).toMatchObject({ attempts: [{ billing: 'token', billingMismatch: true }] });
});
