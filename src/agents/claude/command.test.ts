import { describe, expect, test } from 'vitest';
import {
  commandFor,
  crowdedEnv,
  optionOf,
  sampleRequest,
  sampleRole as role,
  sampleServers as servers,
  type SampleRequest,
} from '../../ports/agent.samples.ts';
import { testGolden } from '../../ports/agent-golden.testsuite.ts';
import type { AgentAction, Credential, RunRequest } from '../../ports/command-request.ts';
import type { CommandSpec } from '../../ports/command-spec.ts';
import { claude } from './adapter.ts';

const model = 'anthropic/claude-opus-5-5';
const key: Credential = { billing: 'token', variables: { ANTHROPIC_API_KEY: 'key-of-anthropic' }, secret: null };
const planToken: Credential = { billing: 'subscription', variables: { CLAUDE_CODE_OAUTH_TOKEN: 'oauth-of-anthropic' }, secret: null };
const signIn: Credential = { billing: 'subscription', variables: {}, secret: null };
const command = (action: AgentAction, given: SampleRequest = {}): CommandSpec =>
  commandFor({ agent: claude, action, request: sampleRequest({ model, site: { env: crowdedEnv }, credential: key, ...given }) });

const everything: SampleRequest = {
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

/** The environment of a person's terminal. */
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

testGolden({ folder: import.meta.dirname, commands: golden });

test('servers stand in a private file alone, and get neither the worker’s credential nor each other’s secrets', () => {
  const { files, args, env } = command('run', { ...everything, servers });
  const text = files.find(({ path }) => path === '/state/attempts/a1/private/mcp.json')?.content as string;
  const { mcpServers } = JSON.parse(text) as { mcpServers: Record<string, { args: string[] }> };
  expect(Object.keys(mcpServers)).toEqual(['docs', 'far']);
  expect(mcpServers['docs']?.args).toEqual([...env.secret.flatMap((name) => ['-u', name]), 'docs', '--all']);
  expect(JSON.stringify([args, env.set])).not.toContain('sesame');
  // Variables that a server is given on purpose belong to the server.
  const own = servers.slice(0, 1).map((server) => ({ ...server, env: Object.fromEntries(env.secret.map((name) => [name, 'mine'])) }));
  const shown = command('run', { ...everything, servers: own }).files.at(-1)?.content as string;
  expect(shown).toContain('"command":"docs"');
});

test.each<[tools: NonNullable<RunRequest['role']>['tools'], names: unknown]>([
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
    settings = sampleRequest({ model }).settings,
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
      credentialsIn(credential, { ...sampleRequest({ model }).settings, env: { ANTHROPIC_API_KEY: 'c', CLAUDE_CODE_OAUTH_TOKEN: 'c' } }),
    ).toEqual(expected);
  });

  const file = '/state/attempts/a1/private/settings.json';
  const none = Object.fromEntries(
    [
      ...['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN', 'ANTHROPIC_BASE_URL'],
      ...[
        'CLAUDE_CODE_USE_BEDROCK',
        'CLAUDE_CODE_USE_FOUNDRY',
        'CLAUDE_CODE_USE_VERTEX',
        'CLAUDE_CODE_USE_MANTLE',
        'CLAUDE_CODE_USE_GATEWAY',
      ],
      ...['CLAUDE_CODE_USE_ANTHROPIC_AWS', 'CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD', 'ANTHROPIC_BEDROCK_BASE_URL'],
      ...['AWS_ENDPOINT_URL_BEDROCK', 'AWS_ENDPOINT_URL_BEDROCK_RUNTIME', 'ANTHROPIC_FOUNDRY_BASE_URL', 'ANTHROPIC_FOUNDRY_RESOURCE'],
      'ANTHROPIC_VERTEX_BASE_URL',
    ].map((name) => [name, '']),
  );
  const settingsOf = (action: AgentAction, given: SampleRequest): unknown => {
    const spec = command(action, given);
    expect(optionOf(spec, '--settings')).toBe(file);
    return JSON.parse(spec.files.find(({ path }) => path === file)?.content as string);
  };

  test.each(['run', 'attach', 'probe', 'eval'] as const)(
    '%s: no key and no cloud of other settings pays, and none of their addresses gets the credential; no argument shows any',
    (action) => {
      expect(settingsOf(action, { credential: signIn })).toEqual({ env: none, apiKeyHelper: '' });
      // An empty variable would remove the worker's own.
      const { CLAUDE_CODE_OAUTH_TOKEN: _plan, ...besidePlan } = none;
      expect(settingsOf(action, { credential: { ...signIn, variables: { TEAM_PLAN: 'x' } } })).toEqual({
        env: besidePlan,
        apiKeyHelper: '',
      });
      const { ANTHROPIC_API_KEY: _key, ...besideKey } = none;
      expect(settingsOf(action, { credential: key })).toEqual({ env: besideKey, apiKeyHelper: '' });
      const { ANTHROPIC_AUTH_TOKEN: _token, ...besideToken } = none;
      const address = { ANTHROPIC_BASE_URL: 'https://gateway.example' };
      const gateway: Credential = { ...key, variables: { ANTHROPIC_AUTH_TOKEN: 'secret-x' }, address };
      expect(settingsOf(action, { credential: gateway })).toEqual({
        env: { ...besideToken, ...address },
        apiKeyHelper: '',
      });
      expect(command(action, { credential: gateway }).args.join(' ')).not.toMatch(/secret-x|gateway/);
      // The value behind a reference may be a secret.
      const settings = { ...sampleRequest({ model }).settings, env: { ANTHROPIC_BASE_URL: '${DATABASE_URL}' } };
      expect(JSON.stringify(settingsOf(action, { credential: signIn, settings }))).not.toMatch(/ANTHROPIC_BASE_URL|postgres/);
      expect(optionOf(command(action, { credential: null }), '--settings')).toBe(null);
    },
  );

  test('the person’s own helper is run by it, and no other', () => {
    const helper = { ...key, variables: {}, address: { ANTHROPIC_BASE_URL: 'https://gateway.example' }, helper: 'pass show it' };
    expect(settingsOf('run', { credential: helper })).toEqual({ env: { ...none, ...helper.address }, apiKeyHelper: 'pass show it' });
    expect(JSON.stringify({ ...command('run', { credential: helper }), files: [] })).not.toContain('pass show it');
  });

  const beside = { CLAUDE_CODE_USE_BEDROCK: '1', AWS_REGION: 'eu-west-1', ANTHROPIC_BEDROCK_BASE_URL: 'https://gateway.example' };
  test('a cloud is switched on by the model’s provider, with all that goes with it, and by nothing else', () => {
    const bedrock: Credential = { ...key, variables: { AWS_BEARER_TOKEN_BEDROCK: 'x' }, address: beside };
    const given = { model: 'amazon-bedrock/eu.anthropic.claude-opus-5-5', credential: bedrock, fallbackModel: 'amazon-bedrock/x/y' };
    const spec = command('run', given);
    expect(spec.env.set).toMatchObject({ AWS_BEARER_TOKEN_BEDROCK: 'x', ...beside });
    expect(spec.env.secret).toEqual(['AWS_BEARER_TOKEN_BEDROCK']);
    expect([optionOf(spec, '--model'), optionOf(spec, '--fallback-model')]).toEqual(['eu.anthropic.claude-opus-5-5', 'x/y']);
    expect(settingsOf('run', given)).toEqual({ env: { ...none, ...beside }, apiKeyHelper: '' });
    expect(optionOf(command('run', { ...given, fallbackModel: 'anthropic/claude-haiku-5-5' }), '--fallback-model')).toBe(null);
    // The environment that the configuration gives to every worker of the agent does not turn another account into one of
    // the cloud.
    const settings = { ...sampleRequest({ model }).settings, env: { ...beside, AWS_PROFILE: 'deploys' } };
    const { set } = command('run', { settings }).env;
    expect(Object.keys(set).filter((name) => name.includes('BEDROCK'))).toEqual([]);
    // The worker's tools may need these variables.
    expect(set).toMatchObject({ AWS_REGION: 'eu-west-1', AWS_PROFILE: 'deploys' });
  });

  test.each<[provider: string, taken: Record<string, string>]>([
    ['amazon-bedrock', { CLAUDE_CODE_USE_BEDROCK: '1', AWS_BEARER_TOKEN_BEDROCK: 'x' }],
    ['microsoft-foundry', { CLAUDE_CODE_USE_FOUNDRY: '1', ANTHROPIC_FOUNDRY_API_KEY: 'x' }],
    ['google-vertex-anthropic', { CLAUDE_CODE_USE_VERTEX: '1', ANTHROPIC_API_KEY: 'x' }],
  ])('a key of %s without a name is taken as its own', (provider, taken) => {
    const { set } = command('run', { model: `${provider}/m`, credential: { ...key, variables: {}, secret: 'x' } }).env;
    expect(set).toMatchObject(taken);
  });
});

test('the version is the one in its own form', () => {
  expect(claude.version('warning: x\n2.1.330 (Claude Code)\n')).toBe('2.1.330');
  expect(claude.version('2.2.0-beta.1 (Claude Code)')).toBe('2.2.0-beta.1');
  expect(claude.version('2.1.330')).toBe(null);
});
