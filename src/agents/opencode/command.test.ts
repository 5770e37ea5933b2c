import { describe, expect, test } from 'vitest';
import { providerOf } from '../../core/route/model-name.ts';
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
import { providerCredentials } from '../../core/security/environment.ts';
import type { AgentAction, Credential, RunRequest } from '../../ports/command-request.ts';
import type { CommandSpec } from '../../ports/command-spec.ts';
import { opencode } from './adapter.ts';

const model = 'openai/gpt-6';
const key: Credential = { billing: 'token', variables: { OPENAI_API_KEY: 'key-of-openai' }, secret: null };
/** Its own sign-in, or a provider of its configuration. */
const own: Credential = { billing: 'token', variables: {}, secret: null };
const command = (action: AgentAction, given: SampleRequest = {}): CommandSpec =>
  commandFor({ agent: opencode, action, request: sampleRequest({ model, site: { env: crowdedEnv }, credential: key, ...given }) });

const everything: SampleRequest = {
  maxBudgetUsd: 2.5,
  fallbackModel: 'openai/gpt-6-mini',
  foreign: { mcpServers: ['docs', 'tickets'], authFile: '/home/ada/.local/share/opencode/auth.json' },
  settings: {
    path: '/opt/agents/bin/opencode',
    env: { GATEWAY_TOKEN: '${OPENROUTER_API_KEY}' },
    args: ['--variant', 'high'],
    config: { plugin: ['mine'], instructions: ['RULES.md'], mcp: { wanted: { type: 'local', command: ['wanted'] } } },
  },
};

const golden: Record<string, CommandSpec> = {
  run: command('run', everything),
  'run-with-servers': command('run', { ...everything, servers, serverStartMs: 3000, isolation: 'full' }),
  'run-with-role': command('run', { servers, role }),
  'run-resumed': command('run', {
    resume: 'ses_1',
    site: {
      uid: 0,
      env: { PATH: '/usr/bin:/bin', HOME: '/root', XDG_DATA_HOME: '/srv/data', XDG_CONFIG_HOME: '/srv/config', npm_config_offline: 'true' },
    },
    credential: own,
  }),
  attach: command('attach', {
    ...everything,
    resume: 'ses_1',
    site: {
      env: { PATH: '/usr/bin:/bin', HOME: '/home/ada', TERM: 'xterm-256color', EDITOR: 'vi', SHLVL: '2', OPENROUTER_API_KEY: 'k' },
    },
    credential: own,
  }),
  probe: command('probe'),
  eval: command('eval', { site: { uid: 0, env: crowdedEnv } }),
  version: command('version'),
};

testGolden({ folder: import.meta.dirname, commands: golden });

interface Inline {
  readonly model: string;
  readonly small_model: string;
  readonly enabled_providers: readonly string[];
  readonly plugin: readonly string[];
  readonly mcp: Readonly<Record<string, unknown>>;
  readonly agent: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

function inlineOf(spec: CommandSpec): Inline {
  return JSON.parse(spec.env.set['OPENCODE_CONFIG_CONTENT'] ?? '') as Inline;
}

const configured = (config: Record<string, unknown>): RunRequest['settings'] => ({ path: 'x', env: {}, args: [], config });

describe('credentials', () => {
  test.each([
    ['https://gateway.example', 'https://gateway.example/v1'],
    ['https://gateway.example/anthropic/', 'https://gateway.example/anthropic/v1'],
    ['https://gateway.example/v1/', 'https://gateway.example/v1'],
  ])('sent to %s are sent where the provider’s own programs would send them', (given, sentTo) => {
    const address = { ANTHROPIC_BASE_URL: given, OPENAI_BASE_URL: 'https://other.example/api' };
    expect(command('run', { credential: { ...key, address } }).env.set).toMatchObject({ ...address, ANTHROPIC_BASE_URL: sentTo });
  });

  test.each([
    ['anthropic/claude-opus-5-5', ['ANTHROPIC_API_KEY']],
    ['openai/gpt-6', ['OPENAI_API_KEY']],
    ['google/gemini-4', ['GEMINI_API_KEY']],
    ['openrouter/lab/model', ['OPENROUTER_API_KEY']],
    ['amazon-bedrock/x', ['AWS_SECRET_ACCESS_KEY']],
    ['opencode/x', ['OPENCODE_API_KEY']],
    ['scripted/model', []],
    ['constructor/model', []],
  ])('of the many, those of %s are %j', (one, passing) => {
    const provider = providerOf(one);
    const names = [...providerCredentials(provider), ...(provider === 'opencode' ? ['OPENCODE_API_KEY'] : [])];
    const variables = Object.fromEntries(names.flatMap((name) => (name in crowdedEnv ? [[name, crowdedEnv[name] ?? '']] : [])));
    const { set, secret, unset } = command('run', { model: one, credential: { ...key, variables } }).env;
    const known = [
      'ANTHROPIC_API_KEY',
      'ANTHROPIC_AUTH_TOKEN',
      'AWS_SECRET_ACCESS_KEY',
      'CLAUDE_CODE_OAUTH_TOKEN',
      'GEMINI_API_KEY',
      'OPENAI_API_KEY',
      'OPENCODE_API_KEY',
      'OPENROUTER_API_KEY',
    ];
    expect(known.filter((name) => name in set)).toEqual(passing);
    expect(secret).toEqual(passing);
    expect(unset).toEqual(known.filter((name) => !passing.includes(name)));
  });

  test.each<[name: string, credential: Credential]>([
    ['a secret without a name', { ...own, secret: 'x' }],
    ['a key of another name', { ...own, variables: { TEAM_KEY: 'x' } }],
    ['a key of another provider’s name', { ...own, variables: { ANTHROPIC_API_KEY: 'x' } }],
  ])('%s is an entry of its sign-in, which beats the file', (_, credential) => {
    const { set, secret } = command('run', { ...everything, credential }).env;
    expect(JSON.parse(set['OPENCODE_AUTH_CONTENT'] ?? '')).toEqual({ openai: { type: 'api', key: 'x' } });
    expect(secret).toEqual(['GATEWAY_TOKEN', 'OPENCODE_AUTH_CONTENT', 'OPENCODE_CONFIG_CONTENT']);
    for (const name of ['TEAM_KEY', 'ANTHROPIC_API_KEY', 'OPENAI_API_KEY']) expect(set).not.toHaveProperty(name);
  });

  test.each([
    [{ provider: { x: { options: { apiKey: 'k' } } } }, true],
    [{ provider: { x: { options: { headers: { Authorization: 'Bearer k' } } } } }, true],
    [{ mcp: { x: { type: 'local', command: ['x'], environment: { GITHUB_TOKEN: 'k' } } } }, true],
    [{ mcp: { x: { type: 'local', command: ['x', '--login', 'k'] } } }, true],
    [{ provider: { x: { options: { baseURL: 'https://k@x' } } } }, true],
    [{ provider: { x: { models: { m: { limit: { context: 1 } } } } } }, false],
    [{ keybinds: { leader: 'ctrl+x' } }, false],
  ])('the inline configuration %j is a secret: %s', (config, is) => {
    expect(command('run', { settings: configured(config) }).env.secret.includes('OPENCODE_CONFIG_CONTENT')).toBe(is);
  });
});

describe('the inline configuration', () => {
  test('no provider but the model’s own, no sharing, no update, whatever is configured', () => {
    const config = { enabled_providers: ['other'], share: 'auto', autoupdate: true, model: 'other/x', small_model: 'other/y' };
    expect(inlineOf(command('run', { settings: configured(config) }))).toMatchObject({
      enabled_providers: ['openai'],
      share: 'disabled',
      autoupdate: false,
      model,
      small_model: model,
    });
  });

  test('what else is configured stays', () => {
    const config = { instructions: ['a.md'], agent: { mine: { mode: 'subagent' } }, plugin: ['mine'] };
    const inline = inlineOf(command('eval', { settings: configured(config) }));
    expect(inline).toMatchObject({
      instructions: ['a.md'],
      agent: { mine: { mode: 'subagent' }, 'yardmaster-answer': { permission: { '*': 'deny' } } },
    });
    expect(inline.plugin).toEqual(['mine', 'file:///state/tasks/7-t7/opencode/bridge.mjs']);
  });

  test('each server of the person is kept from starting, one that is configured is not', () => {
    const foreign = { mcpServers: ['docs', 'wanted'], authFile: null };
    const wanted = { type: 'local', command: ['wanted'] };
    expect(inlineOf(command('run', { foreign, settings: configured({ mcp: { wanted } }) })).mcp).toEqual({
      docs: { enabled: false },
      wanted,
    });
    expect(inlineOf(command('eval', { foreign })).mcp).toEqual({ docs: { enabled: false }, wanted: { enabled: false } });
  });

  test.each([
    { mcp: 7, agent: 'x', plugin: {} },
    { mcp: null, agent: [], plugin: null },
  ])('%j in it is survived', (config) => {
    expect(inlineOf(command('eval', { settings: configured(config) }))).toMatchObject({ mcp: {}, plugin: [expect.any(String)] });
  });
});

test('servers stand in the inline configuration, which is a secret then, and in what the bridge lets through', () => {
  const spec = command('run', { servers, settings: configured({ mcp: { wanted: { type: 'local', command: ['wanted'] } } }) });
  expect(inlineOf(spec).mcp).toEqual({
    wanted: { type: 'local', command: ['wanted'] },
    docs: {
      type: 'local',
      command: ['env', '-u', 'OPENAI_API_KEY', '-u', 'OPENCODE_CONFIG_CONTENT', 'docs', '--all'],
      environment: { KEY: 'sesame' },
      enabled: true,
      timeout: 10_000,
    },
    far: { type: 'remote', url: 'https://far.example/mcp', headers: { Authorization: 'Bearer x' }, enabled: true, timeout: 10_000 },
  });
  expect(spec.env.secret).toContain('OPENCODE_CONFIG_CONTENT');
  const bridge = spec.files[0]?.content as string;
  expect(bridge).toContain('const servers = ["wanted","docs","far"];');
  expect(bridge).toContain('const required = ["docs"];');
  expect(bridge).not.toContain('sesame');
});

describe('files', () => {
  test('of the credential file the provider’s entry is copied into a home of its own, where there is one and no key is given', () => {
    for (const credential of [own, { ...own, billing: 'subscription' } as const, null]) {
      const files = command('run', { ...everything, credential }).files;
      expect(files[1]).toEqual({
        path: '/state/tasks/7-t7/opencode/data/opencode/auth.json',
        content: { copyOf: '/home/ada/.local/share/opencode/auth.json', entry: 'openai' },
      });
      expect(command('run', { credential }).files).toHaveLength(1);
    }
    // It would take precedence over the variable.
    for (const credential of [key, { ...own, secret: 'x' }]) expect(command('run', { ...everything, credential }).files).toHaveLength(1);
    expect(command('run').files.map(({ path }) => path)).toEqual(['/state/tasks/7-t7/opencode/bridge.mjs']);
    expect(command('run').env.set['XDG_DATA_HOME']).toBe('/state/tasks/7-t7/opencode/data');
  });

  test('the bridge gives shell tools what the person has', () => {
    const bridge = (env: Record<string, string>): unknown => {
      const [file] = command('run', { site: { env } }).files;
      return JSON.parse(/^const restore = (.*);$/m.exec(file?.content as string)?.[1] ?? '');
    };
    expect(bridge({})).toEqual({ npm_config_offline: 'false', OPENCODE_CONFIG_CONTENT: '', XDG_DATA_HOME: '', XDG_STATE_HOME: '' });
    expect(bridge({ npm_config_offline: 'true', XDG_DATA_HOME: '/d', XDG_STATE_HOME: '/s' })).toEqual({
      npm_config_offline: 'true',
      OPENCODE_CONFIG_CONTENT: '',
      XDG_DATA_HOME: '/d',
      XDG_STATE_HOME: '/s',
    });
  });
});

test('the bridge keeps silent on a person’s screen and does the rest', () => {
  const [run, attach] = (['run', 'attach'] as const).map((action) => command(action).files[0]?.content as string);
  expect(run).toContain('process.stdout.write');
  expect(attach).not.toContain('process.stdout.write');
  expect(attach?.split('\n').slice(1)).toEqual(run?.split('\n').slice(1));
});

test('what a person would be asked is approved in a run; an answerer has no tools to ask about', () => {
  expect(command('run').args).toContain('--auto');
  expect(command('attach').args).not.toContain('--auto');
  expect([optionOf(command('run'), '--agent'), optionOf(command('eval'), '--agent'), optionOf(command('probe'), '--agent')]).toEqual([
    'build',
    'yardmaster-answer',
    'yardmaster-answer',
  ]);
});

test.each(['run', 'probe', 'eval'] as const)('%s has its faults told', (action) => {
  expect(command(action).args.join(' ')).toContain('--print-logs --log-level ERROR');
});
