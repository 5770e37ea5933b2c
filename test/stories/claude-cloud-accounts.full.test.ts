// Accounts of Claude Code beside keys and plans: a cloud by its variables, and the person's own settings with a helper for a
// key. What is found is told with its use and its address, tried, and worked with by the real agent.
// `npm test` shows each service with one start of the real agent (real-agents.test.ts).
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { agentBinary } from '../support/agents.ts';
import { needsAgents } from '../support/skip-without.ts';
import { openYard } from '../support/yard.ts';

needsAgents('claude');

interface Told {
  readonly name: string;
  readonly provider: string;
  readonly secret: string;
  readonly state: string;
  readonly use: string;
  readonly address: string | null;
}

const work = [{ bash: 'echo work > work.txt && git add -A && git commit -q -m "the work"' }, { say: 'Done.' }];
const agents = { claude: { path: agentBinary('claude') ?? 'claude' } };
const todo = '- [ ] t1 Task #auto-dispatch model:opus\n';

test('an account of Foundry is found by its variables, listed, tried, and used at its own address', async () => {
  const yard = await openYard({
    todo,
    script: { default: [{ say: 'ok' }], t1: work },
    // An address that nobody serves: what goes to Anthropic itself fails.
    env: { CLAUDE_CODE_USE_FOUNDRY: '1', ANTHROPIC_FOUNDRY_API_KEY: 'key-of-foundry', ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' },
    config: { agents, models: { default: 'opus' } },
  });
  const cloud = (name: string): Promise<Told | undefined> =>
    yard.json<Told[]>('accounts').then((all) => all.find((one) => one.name === name));
  expect(await cloud('claude-foundry')).toMatchObject({
    ...{ provider: 'microsoft-foundry', secret: 'env:ANTHROPIC_FOUNDRY_API_KEY', address: null },
    use: 'used by claude only for tasks that ask for a model of microsoft-foundry, because no tier names one of them',
  });
  const checks = await yard.json<{ name: string; found: string; todo: string | null }[]>('doctor');
  expect(checks.find(({ name }) => name === 'account claude-foundry')?.todo).toBe(
    'name its models in models.tiers, such as opus: microsoft-foundry/MODEL',
  );
  expect(await yard.run('accounts', 'test', 'claude-foundry')).toMatchObject({
    stderr: expect.stringContaining('claude-foundry: not tried, because no model of microsoft-foundry is known; give one with --model'),
  });

  Object.assign(yard.env, { ANTHROPIC_FOUNDRY_BASE_URL: `${yard.server.url}/anthropic` });
  const config = { agents, models: { default: 'opus', tiers: { opus: 'microsoft-foundry/claude-opus-5-5' } } };
  yard.write(`${yard.repo}/yardmaster.yaml`, JSON.stringify(config));
  expect(await cloud('claude-foundry')).toMatchObject({ use: 'used by claude for opus', address: `${yard.server.url}/<secret>` });
  expect((await yard.run('accounts')).stdout).toContain(`requests go to ${yard.server.url}/<secret>`);
  expect((await yard.run('accounts', 'test', 'claude-foundry')).code).toBe(0);
  const ran = await yard.run('run');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const [attempt] = (await yard.json<{ attempts: { account: string; billing: string; costUsd: number; model: string }[] }>('show', 't1'))
    .attempts;
  expect(attempt).toMatchObject({ account: 'claude-foundry', billing: 'token', model: 'microsoft-foundry/claude-opus-5-5' });
  expect(attempt?.costUsd).toBeGreaterThan(0);
  const asked = yard.server.requests().filter(({ kind }) => kind === 'step');
  expect(new Set(asked.map(({ path, apiKey }) => `${path} ${apiKey ?? 'no key'}`))).toEqual(
    new Set(['/anthropic/v1/messages?beta=true key-of-foundry']),
  );
});

test('an apiKeyHelper and a gateway in the person’s settings are found without running the helper and then used; those of the repository are ignored', async () => {
  const yard = await openYard({
    todo,
    script: { default: [{ say: 'ok' }], t1: work },
    config: { agents, models: { default: 'opus' } },
    files: {
      '.claude/settings.json': JSON.stringify({
        apiKeyHelper: 'echo of-the-repository',
        env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' },
      }),
    },
  });
  const ran = `${yard.root}/helper-ran`;
  yard.write(`${yard.root}/helper`, `#!/bin/sh\ntouch ${ran}\necho key-of-the-helper\n`, 0o755);
  const settings = { apiKeyHelper: `${yard.root}/helper`, env: { ANTHROPIC_BASE_URL: `${yard.server.url}/gateway` } };
  yard.write(`${yard.root}/person/.claude/settings.json`, JSON.stringify(settings));
  const told = (await yard.json<Told[]>('accounts')).find(({ name }) => name === 'claude-settings');
  expect(told).toMatchObject({ secret: 'claude’s own', address: `${yard.server.url}/<secret>`, state: 'usable' });
  expect(told?.use).toMatch(/^used by claude for .*opus/);
  await yard.run('doctor');
  await yard.run('command', 'claude', 'run', '--model', 'opus');
  expect(existsSync(ran)).toBe(false);

  expect((await yard.run('accounts', 'test', 'claude-settings')).code).toBe(0);
  expect(existsSync(ran)).toBe(true);
  const worked = await yard.run('run');
  expect(worked.code, worked.stdout + worked.stderr).toBe(0);
  const asked = yard.server.requests().filter(({ kind }) => kind === 'step');
  expect(asked.length).toBeGreaterThan(2);
  for (const { path, apiKey, bearer } of asked)
    expect([path, apiKey, bearer]).toEqual(['/gateway/v1/messages?beta=true', 'key-of-the-helper', 'key-of-the-helper']);
  expect(await yard.json('show', 't1')).toMatchObject({ attempts: [{ account: 'claude-settings', billing: 'token', verdict: 'work' }] });
  expect(worked.stderr).not.toContain('mismatch');
});
