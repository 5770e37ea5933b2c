import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { crowdedEnv, optionOf, sampleOptions } from '../../ports/agent.testsuite.ts';
import { expectGolden } from '../../../test/support/golden.ts';
import type { AgentAction, CommandOptions, CommandSpec } from '../../ports/agent.ts';
import { claude } from './adapter.ts';

const model = 'anthropic/claude-opus-5-5';
const command = (action: AgentAction, given: Partial<CommandOptions> = {}): CommandSpec =>
  claude.command(action, sampleOptions({ model, env: crowdedEnv, ...given }));

const everything: Partial<CommandOptions> = {
  maxBudgetUsd: 2.5,
  fallbackModel: 'anthropic/claude-haiku-5-5',
  foreign: { mcpServers: ['docs', 'tickets'], authFile: '/home/ada/.claude/.credentials.json' },
  settings: {
    path: '/opt/agents/bin/claude',
    env: { ANTHROPIC_BASE_URL: 'https://gateway.example', GATEWAY_TOKEN: '${ANTHROPIC_AUTH_TOKEN}' },
    args: ['--effort', 'low'],
    config: {},
  },
};

/** A person's terminal. */
const seatedEnv = { PATH: '/usr/bin:/bin', HOME: '/home/ada', TERM: 'xterm-256color', EDITOR: 'vi', SHLVL: '2' };

const golden: Record<string, CommandSpec> = {
  run: command('run', everything),
  'run-resumed': command('run', {
    resume: '99999999-2222-4333-8444-555555555555',
    uid: 0,
    env: { PATH: '/usr/bin:/bin', HOME: '/root', CLAUDE_CONFIG_DIR: '/srv/claude' },
  }),
  attach: command('attach', {
    ...everything,
    resume: '99999999-2222-4333-8444-555555555555',
    env: { ...seatedEnv, ANTHROPIC_AUTH_TOKEN: 'k' },
  }),
  probe: command('probe'),
  eval: command('eval', { uid: 0 }),
  version: command('version'),
};

test.each(Object.entries(golden))('%s is as it was reviewed', (name, value) => {
  expectGolden({ file: new URL(`./golden/${name}.json`, import.meta.url), value });
});

describe('run', () => {
  test('IS_SANDBOX is set for root alone', () => {
    expect(command('run', { uid: 0 }).env.set['IS_SANDBOX']).toBe('1');
    expect(command('run', { uid: 1000 }).env.set).not.toHaveProperty('IS_SANDBOX');
  });

  test('turns, budget and fallback are given only where they are set', () => {
    const bare = command('run', { maxSteps: null });
    expect(['--max-turns', '--max-budget-usd', '--fallback-model'].map((name) => optionOf(bare, name))).toEqual([null, null, null]);
    const full = command('run', everything);
    expect(['--max-turns', '--max-budget-usd', '--fallback-model'].map((name) => optionOf(full, name))).toEqual([
      '40',
      '2.5',
      'claude-haiku-5-5',
    ]);
  });

  test('a person who attaches is asked, a worker is not', () => {
    expect(optionOf(command('run'), '--permission-mode')).toBe('bypassPermissions');
    expect(command('attach').args.join(' ')).not.toContain('permission');
  });

  test('a fallback of another provider is not its own', () => {
    expect(optionOf(command('run', { fallbackModel: 'openai/gpt-6' }), '--fallback-model')).toBe(null);
  });

  test('a session is either chosen or resumed', () => {
    expect(optionOf(command('run'), '--session-id')).toBe('11111111-2222-4333-8444-555555555555');
    expect(optionOf(command('run', { resume: 'x' }), '--resume')).toBe('x');
    expect(optionOf(command('run', { resume: 'x' }), '--session-id')).toBe(null);
  });

  test.each(['run', 'probe', 'eval'] as const)('%s starts no server of the person and names the model without its provider', (action) => {
    expect(command(action).args).toContain('--strict-mcp-config');
    expect(optionOf(command(action), '--model')).toBe('claude-opus-5-5');
  });

  test('the folder of its sign-in passes and is no secret', () => {
    const { set, secret } = command('run', { env: { CLAUDE_CONFIG_DIR: '/srv/claude', ANTHROPIC_API_KEY: 'k' } }).env;
    expect(set['CLAUDE_CONFIG_DIR']).toBe('/srv/claude');
    expect(secret).toEqual(['ANTHROPIC_API_KEY']);
  });
});

describe('signedIn', () => {
  const settings = { path: 'x', env: {}, args: [], config: {} };

  test('a sign-in is found where it is kept', async () => {
    const home = await mkdtemp(join(tmpdir(), 'yard-claude-'));
    onTestFinished(() => rm(home, { recursive: true, force: true }));
    await mkdir(join(home, '.claude'));
    await writeFile(join(home, '.claude', '.credentials.json'), '{}');
    expect(await claude.signedIn({ env: { HOME: home }, settings })).toEqual({ state: 'unknown', kind: 'sign-in' });
    expect(await claude.signedIn({ env: { CLAUDE_CONFIG_DIR: join(home, '.claude') }, settings })).toEqual({
      state: 'unknown',
      kind: 'sign-in',
    });
  });

  test.each(['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN'])('%s is a credential', async (name) => {
    expect(await claude.signedIn({ env: { [name]: 'x' }, settings })).toEqual({ state: 'unknown', kind: name });
  });
});

test('the version is the one in its own form', () => {
  expect(claude.version('warning: x\n2.1.330 (Claude Code)\n')).toBe('2.1.330');
  expect(claude.version('2.2.0-beta.1 (Claude Code)')).toBe('2.2.0-beta.1');
  expect(claude.version('2.1.330')).toBe(null);
});
