import { describe, expect, test } from 'vitest';
import {
  crowdedEnv,
  optionOf,
  sampleOptions,
  sampleRole as role,
  sampleServers as servers,
  type SampleOptions,
} from '../../ports/agent.testsuite.ts';
import { expectGolden } from '../../../test/support/golden.ts';
import type { AgentAction, CommandOptions, CommandSpec, Credential } from '../../ports/agent.ts';
import { claude } from './adapter.ts';

const model = 'anthropic/claude-opus-5-5';
const key: Credential = { billing: 'token', variables: { ANTHROPIC_API_KEY: 'key-of-anthropic' }, secret: null };
const planToken: Credential = { billing: 'subscription', variables: { CLAUDE_CODE_OAUTH_TOKEN: 'oauth-of-anthropic' }, secret: null };
const signIn: Credential = { billing: 'subscription', variables: {}, secret: null };
const command = (action: AgentAction, given: SampleOptions = {}): CommandSpec =>
  claude.command(action, sampleOptions({ model, site: { env: crowdedEnv }, credential: key, ...given }));

const everything: SampleOptions = {
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
  'run-with-servers': command('run', { ...everything, servers, serverStartMs: 3000, isolation: 'full' }),
  'run-with-role': command('run', { servers, role }),
  'run-resumed': command('run', {
    resume: '99999999-2222-4333-8444-555555555555',
    site: { uid: 0, env: { PATH: '/usr/bin:/bin', HOME: '/root', CLAUDE_CONFIG_DIR: '/srv/claude' } },
    credential: signIn,
  }),
  attach: command('attach', {
    ...everything,
    resume: '99999999-2222-4333-8444-555555555555',
    site: { env: { ...seatedEnv, ANTHROPIC_AUTH_TOKEN: 'k' } },
    credential: { billing: 'token', variables: { ANTHROPIC_AUTH_TOKEN: 'k' }, secret: null },
  }),
  probe: command('probe', { credential: planToken }),
  eval: command('eval', { site: { uid: 0, env: crowdedEnv } }),
  version: command('version', { credential: null }),
};

test.each(Object.entries(golden))('%s is as it was reviewed', (name, value) => {
  expectGolden({ file: new URL(`./golden/${name}.json`, import.meta.url), value });
});

test('servers stand in a private file alone, and get neither the worker’s credential nor each other’s secrets', () => {
  const { files, args, env } = command('run', { ...everything, servers });
  const text = files.find(({ path }) => path === '/state/attempts/a1/private/mcp.json')?.content as string;
  const { mcpServers } = JSON.parse(text) as { mcpServers: Record<string, { args: string[] }> };
  expect(Object.keys(mcpServers)).toEqual(['docs', 'far']);
  expect(mcpServers['docs']?.args).toEqual([...env.secret.flatMap((name) => ['-u', name]), 'docs', '--all']);
  expect(JSON.stringify([args, env.set])).not.toContain('sesame');
  // What it is given on purpose is its own.
  const own = servers.slice(0, 1).map((server) => ({ ...server, env: Object.fromEntries(env.secret.map((name) => [name, 'mine'])) }));
  const shown = command('run', { ...everything, servers: own }).files.at(-1)?.content as string;
  expect(shown).toContain('"command":"docs"');
});

test.each<[tools: NonNullable<CommandOptions['role']>['tools'], names: unknown]>([
  [null, undefined],
  [['read'], ['Read', 'Glob', 'Grep']],
  [['mcp'], ['mcp__docs', 'mcp__far']],
])('of a role, the tools %j are %j', (tools, names) => {
  const spec = command('run', { servers, role: { ...role, tools } });
  const text = spec.files.find(({ path }) => path === '/state/attempts/a1/private/agents.json')?.content as string;
  expect((JSON.parse(text) as { clerk: { tools?: string[] } }).clerk.tools).toEqual(names);
  expect([optionOf(spec, '--agents'), optionOf(spec, '--agent'), optionOf(spec, '--model')]).toEqual([
    '/state/attempts/a1/private/agents.json',
    'clerk',
    'claude-opus-5-5',
  ]);
});

describe('run', () => {
  test('IS_SANDBOX is set for root alone', () => {
    expect(command('run', { site: { uid: 0 } }).env.set['IS_SANDBOX']).toBe('1');
    expect(command('run', { site: { uid: 1000 } }).env.set).not.toHaveProperty('IS_SANDBOX');
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
    const { set, secret } = command('run', { site: { env: { CLAUDE_CONFIG_DIR: '/srv/claude', ANTHROPIC_API_KEY: 'k' } } }).env;
    expect(set['CLAUDE_CONFIG_DIR']).toBe('/srv/claude');
    expect(secret).toEqual(['ANTHROPIC_API_KEY']);
  });
});

describe('the account', () => {
  const credentialsIn = (
    credential: Credential | null,
    settings = sampleOptions({ model }).settings,
  ): Record<string, string | undefined> => {
    const { set } = command('run', { credential, settings }).env;
    return Object.fromEntries(
      ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN'].flatMap((name) => (name in set ? [[name, set[name]]] : [])),
    );
  };

  test.each<[name: string, Credential | null, Record<string, string>]>([
    ['none', null, {}],
    ['a key', key, { ANTHROPIC_API_KEY: 'key-of-anthropic' }],
    ['a gateway', { ...key, variables: { ANTHROPIC_AUTH_TOKEN: 'x' } }, { ANTHROPIC_AUTH_TOKEN: 'x' }],
    ['a plan’s token', planToken, { CLAUDE_CODE_OAUTH_TOKEN: 'oauth-of-anthropic' }],
    ['its own sign-in', signIn, {}],
    ['a key without a name', { billing: 'token', variables: {}, secret: 'x' }, { ANTHROPIC_API_KEY: 'x' }],
    ['a plan’s token without a name', { ...signIn, secret: 'x' }, { CLAUDE_CODE_OAUTH_TOKEN: 'x' }],
    ['a key of another name', { ...key, variables: { TEAM_KEY: 'x' } }, { ANTHROPIC_API_KEY: 'x' }],
    ['a plan’s token of another name', { ...signIn, variables: { TEAM_PLAN: 'x' } }, { CLAUDE_CODE_OAUTH_TOKEN: 'x' }],
  ])('%s is the only one that it is given', (_, credential, expected) => {
    expect(credentialsIn(credential)).toEqual(expected);
    expect(
      credentialsIn(credential, { ...sampleOptions({ model }).settings, env: { ANTHROPIC_API_KEY: 'c', CLAUDE_CODE_OAUTH_TOKEN: 'c' } }),
    ).toEqual(expected);
  });

  test.each(['run', 'attach', 'probe', 'eval'] as const)(
    '%s: no key of other settings pays, and none of their addresses gets the credential, but where its settings are the account',
    (action) => {
      const closed = (given: SampleOptions): unknown => JSON.parse(optionOf(command(action, given), '--settings') ?? 'null');
      const none = { ANTHROPIC_API_KEY: '', ANTHROPIC_AUTH_TOKEN: '', ANTHROPIC_BASE_URL: '' };
      for (const credential of [planToken, signIn, { ...signIn, secret: 'x' }])
        expect(closed({ credential })).toEqual({ env: none, apiKeyHelper: '' });
      const { ANTHROPIC_API_KEY: _, ...besideKey } = none;
      expect(closed({ credential: key })).toEqual({ env: besideKey, apiKeyHelper: '' });
      const address = { ANTHROPIC_BASE_URL: 'https://gateway.example' };
      const gateway: Credential = { ...key, variables: { ANTHROPIC_AUTH_TOKEN: 'x' }, address };
      expect(closed({ credential: gateway })).toEqual({ env: { ANTHROPIC_API_KEY: '', ...address }, apiKeyHelper: '' });
      // What is referred to may be a secret, and an argument shows it.
      const settings = { ...sampleOptions({ model }).settings, env: { ANTHROPIC_BASE_URL: '${DATABASE_URL}' } };
      expect(JSON.stringify(closed({ credential: planToken, settings }))).not.toMatch(/BASE_URL|postgres/);
      for (const credential of [{ ...signIn, billing: 'token' } as const, null]) expect(closed({ credential })).toBe(null);
    },
  );
});

test('the version is the one in its own form', () => {
  expect(claude.version('warning: x\n2.1.330 (Claude Code)\n')).toBe('2.1.330');
  expect(claude.version('2.2.0-beta.1 (Claude Code)')).toBe('2.2.0-beta.1');
  expect(claude.version('2.1.330')).toBe(null);
});
