// Which accounts there are, and their secrets: read where they are kept, and told in nothing that goes wrong.
import { execFileSync } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { claude } from '../agents/claude/adapter.ts';
import { opencode } from '../agents/opencode/adapter.ts';
import { defaults } from '../config/defaults.ts';
import type { Account, SecretSource } from '../core/route/account.ts';
import { Fault } from '../core/fault.ts';
import type { AccountConfig, AgentConfig, Settings } from '../core/settings.ts';
import type { Agent, Credential } from '../ports/agent.ts';
import { vault } from './vault.ts';

const agents = new Map<string, Agent>([claude, opencode].map((agent) => [agent.facts.name, agent]));
const secret = 'sk-the-secret-0123456789';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'yard-vault-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

interface Given {
  readonly env?: Record<string, string>;
  readonly accounts?: Record<string, Partial<AccountConfig>>;
  readonly agents?: Record<string, Partial<AgentConfig>>;
}

function settingsOf(given: Given): Settings {
  const known: Readonly<Record<string, AgentConfig>> = defaults.agents;
  return {
    ...defaults,
    mcp: {},
    roles: {},
    untrusted: { keys: [], before: false, text: '' },
    forced: { agent: null, model: null },
    agents: Object.fromEntries(Object.entries(known).map(([name, config]) => [name, { ...config, ...given.agents?.[name] }])),
    accounts: Object.fromEntries(
      Object.entries(given.accounts ?? {}).map(([name, config]) => [
        name,
        { provider: 'acme', billing: 'token', secret: 'env:ACME_KEY', agents: [], ...config },
      ]),
    ),
  };
}

const opened = (given: Given) => vault({ env: { PATH: process.env['PATH'], HOME: home, ...given.env }, agents });
const accounts = (given: Given = {}): Promise<readonly Account[]> => opened(given).accounts(settingsOf(given));
/** On macOS the sign-in of one agent is always a candidate. */
const named = async (given: Given = {}): Promise<string[]> =>
  (await accounts(given)).map(({ name }) => name).filter((name) => name !== 'claude');

function credential(source: SecretSource, given: Given & { readonly billing?: Account['billing'] } = {}): Promise<Credential> {
  const { billing = 'token' } = given;
  const account: Account = { name: 'mine', provider: 'acme', billing, secret: source, agents: null, shared: false };
  return opened(given).credential({ account, settings: settingsOf(given) });
}

/** The fault that comes of it, in which no secret stands. */
async function faultOf(reading: Promise<unknown>): Promise<Fault> {
  const fault = await reading.then(
    (value) => new Error(`it was read: ${inspect(value)}`),
    (error: unknown) => error,
  );
  expect(inspect(fault, { depth: 9 })).not.toContain('the-secret');
  if (!(fault instanceof Fault)) throw fault;
  expect(JSON.stringify([fault.message, fault.hint, fault.data, fault.stack])).not.toContain('the-secret');
  return fault;
}

describe('the accounts', () => {
  test('without a word in the configuration: a key in its provider’s variable is one', async () => {
    expect(await named()).toEqual([]);
    expect((await accounts({ env: { ANTHROPIC_API_KEY: secret, OPENAI_API_KEY: '' } })).filter(({ name }) => name !== 'claude')).toEqual([
      {
        name: 'anthropic',
        provider: 'anthropic',
        billing: 'token',
        secret: { kind: 'env', names: ['ANTHROPIC_API_KEY'] },
        agents: null,
        shared: false,
      },
    ]);
  });

  test('several variables of one provider are one account', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: secret, AWS_REGION: 'eu-central-1', AWS_PROFILE: '' };
    expect(await accounts({ env })).toContainEqual(
      expect.objectContaining({
        name: 'amazon-bedrock',
        secret: { kind: 'env', names: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION'] },
      }),
    );
  });

  test('a key that the configuration gives to one agent is that agent’s alone', async () => {
    const env = { OPENAI_API_KEY: '${MINE}', GEMINI_API_KEY: '' };
    expect(await accounts({ agents: { opencode: { env } } })).toContainEqual({
      name: 'openai@opencode',
      provider: 'openai',
      billing: 'token',
      secret: { kind: 'config', agent: 'opencode', names: ['OPENAI_API_KEY'] },
      agents: ['opencode'],
      shared: false,
    });
    expect(await named({ agents: { opencode: { env }, claude: { env: { ANTHROPIC_API_KEY: secret } } } })).toEqual([
      'anthropic@claude',
      'openai@opencode',
    ]);
  });

  test('of the configuration, in its order and before all that is found', async () => {
    const given: Given = {
      env: { ANTHROPIC_API_KEY: secret, CLAUDE_CODE_OAUTH_TOKEN: secret, OPENCODE_API_KEY: secret },
      accounts: {
        zeta: { secret: 'file:~/key', billing: 'subscription', agents: ['claude'] },
        alpha: { secret: 'command:pass show a:b', provider: 'anthropic' },
        mid: { secret: 'env:TEAM_KEY' },
      },
    };
    const all = await accounts(given);
    const base = { shared: false };
    expect(all.slice(0, 3)).toEqual([
      { ...base, name: 'zeta', provider: 'acme', billing: 'subscription', secret: { kind: 'file', path: '~/key' }, agents: ['claude'] },
      {
        ...base,
        name: 'alpha',
        provider: 'anthropic',
        billing: 'token',
        secret: { kind: 'command', command: 'pass show a:b' },
        agents: null,
      },
      { ...base, name: 'mid', provider: 'acme', billing: 'token', secret: { kind: 'env', names: ['TEAM_KEY'] }, agents: null },
    ]);
    expect(await named(given)).toEqual(['zeta', 'alpha', 'mid', 'anthropic', 'claude-token', 'opencode']);
    expect(JSON.stringify(all)).not.toContain('the-secret');
  });

  test('names are unique: what is configured hides what is found, and the variable an agent’s provider', async () => {
    await mkdir(join(home, '.claude'));
    await writeFile(join(home, '.claude', '.credentials.json'), '{}');
    const given: Given = {
      env: { ANTHROPIC_API_KEY: secret, OPENAI_API_KEY: secret },
      accounts: { anthropic: { provider: 'other' }, claude: { provider: 'other' } },
      agents: { opencode: { config: { provider: { openai: { options: { apiKey: secret } } } } } },
    };
    const all = await accounts(given);
    expect(all.map(({ name }) => name)).toEqual(['anthropic', 'claude', 'openai']);
    expect(all.map(({ provider }) => provider)).toEqual(['other', 'other', 'openai']);
    expect(all[2]?.secret.kind).toBe('env');
  });

  test('are looked for once for each reading of the settings, and anew with the next', async () => {
    const one = opened({});
    const [settings, next] = [settingsOf({}), settingsOf({})];
    const before = await one.accounts(settings);
    await mkdir(join(home, '.local', 'share', 'opencode'), { recursive: true });
    await writeFile(join(home, '.local', 'share', 'opencode', 'auth.json'), '{"xai":{"type":"api","key":"k"}}');
    expect(await one.accounts(settings)).toBe(before);
    expect((await one.accounts(next)).map(({ name }) => name)).toContain('opencode-xai');
  });

  test('of an agent that the configuration does not know nothing is looked for', async () => {
    const env = { HOME: home, CLAUDE_CODE_OAUTH_TOKEN: secret };
    expect(await vault({ env, agents }).accounts({ ...settingsOf({}), agents: {} })).toEqual([]);
  });
});

describe('a secret in a file', () => {
  const lay = async (content: string, mode = 0o600): Promise<SecretSource> => {
    const path = join(home, 'key');
    await writeFile(path, content);
    await chmod(path, mode);
    return { kind: 'file', path };
  };

  test.each([secret, `${secret}\n`, `\n  ${secret} \r\n`])('is the one word in it: %j', async (content) => {
    expect(await credential(await lay(content))).toEqual({ billing: 'token', variables: {}, secret });
    expect(await credential(await lay(content), { billing: 'subscription' })).toMatchObject({ billing: 'subscription' });
  });

  test('is found below the home', async () => {
    await lay(secret);
    expect(await credential({ kind: 'file', path: '~/key' })).toMatchObject({ secret });
  });

  test.each([0o400, 0o600, 0o700])('that its owner alone can read is read: %o', async (mode) => {
    expect(await credential(await lay(secret, mode))).toMatchObject({ secret });
  });

  test.each([0o640, 0o604, 0o644, 0o620, 0o601])('that others can reach is not: %o', async (mode) => {
    const source = await lay(secret, mode);
    expect(await faultOf(credential(source))).toMatchObject({
      code: 'secret-exposed',
      message: `others may read ${join(home, 'key')}, the secret of mine`,
      hint: `chmod 600 '${join(home, 'key')}'`,
    });
  });

  const bad: readonly [name: string, content: string, message: RegExp][] = [
    ['nothing', '', /the secret of mine is empty \(.*\/key\)/],
    ['blanks', ' \n\t\n', /is empty/],
    ['two words', `${secret} ${secret}`, /is more than one word/],
    ['two lines', `${secret}\n${secret}\n`, /is more than one word/],
    ['more than 16 KiB', secret.repeat(1000), /is no small file/],
  ];
  test.each(bad)('of %s is none', async (_, content, message) => {
    const fault = await faultOf(credential(await lay(content)));
    expect(fault.code).toBe('secret-missing');
    expect(fault.message).toMatch(message);
    expect(fault.data).toEqual({ account: 'mine' });
    expect(fault.hint).not.toBe('');
  });

  test('of 16 KiB is read', async () => {
    const long = 'x'.repeat(16 * 1024);
    expect(await credential(await lay(long))).toMatchObject({ secret: long });
  });

  test('that is not there, a folder, or below a file is missing', async () => {
    await lay(secret);
    for (const [path, why] of [
      ['none', 'ENOENT'],
      ['key/below', 'ENOTDIR'],
      ['', 'no small file'],
    ] as const) {
      const fault = await faultOf(credential({ kind: 'file', path: join(home, path) }));
      expect(fault.code).toBe('secret-missing');
      expect(fault.message).toContain(why);
    }
  });

  test('that is a named pipe is not waited for', async () => {
    execFileSync('mkfifo', ['-m', '600', join(home, 'pipe')]);
    expect(await faultOf(credential({ kind: 'file', path: join(home, 'pipe') }))).toMatchObject({
      code: 'secret-missing',
      message: expect.stringContaining('is no small file') as string,
    });
  });
});

describe('a secret by a command', () => {
  const run = (command: string, env: Record<string, string> = {}): Promise<Credential> => credential({ kind: 'command', command }, { env });

  test('is the one word that it prints', async () => {
    expect(await run(`printf '%s\\n' ${secret}`)).toEqual({ billing: 'token', variables: {}, secret });
    expect(await run(`echo noise >&2; echo "  ${secret} "`)).toMatchObject({ secret });
  });

  test('with the words of a shell, the person’s home and session, and no other secret', async () => {
    const env = { SSH_AUTH_SOCK: '/agent', OPENAI_API_KEY: 'another', YARDMASTER_HOME: '/state' };
    expect(await run('echo "$HOME:$SSH_AUTH_SOCK:$OPENAI_API_KEY:$YARDMASTER_HOME"', env)).toMatchObject({ secret: `${home}:/agent::` });
  });

  test('is not asked at a terminal: there is nothing to read', async () => {
    expect(await run(`cat && echo ${secret}`)).toMatchObject({ secret });
  });

  const bad: readonly [name: string, command: string, code: string, message: string][] = [
    ['fails', `echo ${secret}; echo ${secret} >&2; exit 3`, 'secret-failed', 'the command for the secret of mine exited with 3'],
    ['is not there', 'no-such-program-of-ours', 'secret-failed', 'exited with 127'],
    ['prints nothing', 'true', 'secret-missing', 'the secret of mine is empty (its command)'],
    ['prints blanks', 'echo " "', 'secret-missing', 'is empty'],
    ['prints two words', `echo ${secret} ${secret}`, 'secret-missing', 'is more than one word'],
    [
      'prints more than 16 KiB',
      `i=0; while [ $i -lt 1000 ]; do printf ${secret}; i=$((i+1)); done`,
      'secret-failed',
      'the command for the secret of mine',
    ],
  ];
  test.each(bad)('one that %s is a fault', async (_, command, code, message) => {
    const fault = await faultOf(run(command));
    expect(fault.code).toBe(code);
    expect(fault.message).toContain(message);
    expect(fault.hint).not.toBe('');
  });

  test('one that is killed is told as such', async () => {
    expect((await faultOf(run('kill -9 $$'))).code).toBe('secret-failed');
  });
});

describe('a reference', () => {
  const value = (kind: 'env' | 'file' | 'command' | 'fill', of: string): Promise<string> =>
    opened({ env: { TOKEN: 'sesame', EMPTY: '' } }).value({ reference: { kind, of }, of: 'the MCP server docs' });

  test('stands for a variable, or what a command prints', async () => {
    expect(await value('env', 'TOKEN')).toBe('sesame');
    expect(await value('command', 'echo sesame')).toBe('sesame');
  });

  test.each([
    ['env', 'NOPE', /the variable NOPE, which the MCP server docs needs, is not set/],
    ['env', 'EMPTY', /is not set/],
    ['fill', 'your key', /your key/],
    ['file', '/nowhere', /the secret of the MCP server docs cannot be read/],
  ] as const)('%s:%s is missing', async (kind, of, message) => {
    await expect(value(kind, of)).rejects.toThrow(message);
  });
});

describe('a secret in variables', () => {
  it('has their names', async () => {
    const source = { kind: 'env', names: ['A_KEY', 'B_KEY'] } as const;
    expect(await credential(source, { env: { A_KEY: secret, B_KEY: 'b', C_KEY: 'c' }, billing: 'subscription' })).toEqual({
      billing: 'subscription',
      variables: { A_KEY: secret, B_KEY: 'b' },
      secret: null,
    });
  });

  it.each([{ A_KEY: secret }, { A_KEY: secret, B_KEY: '' }])('of which one is not set is missing: %j', async (env) => {
    expect(await faultOf(credential({ kind: 'env', names: ['A_KEY', 'B_KEY'] }, { env: { ...env } }))).toMatchObject({
      code: 'secret-missing',
      message: 'the secret of mine, the variable B_KEY, is not set',
      hint: 'export B_KEY',
      data: { account: 'mine' },
    });
  });

  const configured = (value: string, env: Record<string, string> = {}): Promise<Credential> =>
    credential(
      { kind: 'config', agent: 'opencode', names: ['OPENAI_API_KEY'] },
      { env, agents: { opencode: { env: { OPENAI_API_KEY: value } } } },
    );

  it.each([
    ['ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_BASE_URL'],
    ['ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL'],
    ['OPENAI_API_KEY', 'OPENAI_BASE_URL'],
  ])('of the usual name %s has the address that stands beside it, where one does', async (name, address) => {
    const env = { [name]: secret, [address]: 'https://gateway.example', MY_KEY: secret };
    const to = { address: { [address]: 'https://gateway.example' } };
    const configured = (value: string, more = {}): Promise<Credential> =>
      credential({ kind: 'config', agent: 'claude', names: [name] }, { env, agents: { claude: { env: { [name]: value, ...more } } } });
    expect(await credential({ kind: 'env', names: [name] }, { env })).toMatchObject(to);
    expect(await configured(`\${${name}}`)).toMatchObject(to);
    // A secret that was not exported with the address is not for it.
    for (const other of [
      await credential({ kind: 'env', names: [name] }, { env: { [name]: secret, [address]: '' } }),
      await credential({ kind: 'env', names: ['MY_KEY'] }, { env }),
      await configured(secret),
      await configured('${MY_KEY}'),
    ])
      expect(other).not.toHaveProperty('address');
  });

  it('of the configuration is what stands there, or what it refers to', async () => {
    expect(await configured(secret)).toEqual({ billing: 'token', variables: { OPENAI_API_KEY: secret }, secret: null });
    expect(await configured('${TEAM}', { TEAM: secret })).toMatchObject({ variables: { OPENAI_API_KEY: secret } });
    for (const missing of [configured('${TEAM}'), configured('${TEAM}', { TEAM: '' }), configured(''), configured('${constructor}')])
      expect((await faultOf(missing)).code).toBe('secret-missing');
    const gone = credential({ kind: 'config', agent: 'unheard-of', names: ['OPENAI_API_KEY'] });
    expect((await faultOf(gone)).code).toBe('secret-missing');
  });
});

test('what an agent hands over of its own settings is masked as every secret is, and its helper is not run', async () => {
  await mkdir(join(home, '.claude'));
  const ran = join(home, 'ran');
  const settings = { env: { ANTHROPIC_API_KEY: secret, ANTHROPIC_BASE_URL: 'https://gateway.example' }, apiKeyHelper: `touch ${ran}` };
  await writeFile(join(home, '.claude', 'settings.json'), JSON.stringify(settings));
  const own = opened({});
  const account = (await own.accounts(settingsOf({}))).find(({ name }) => name === 'claude-settings');
  expect(await own.credential({ account: account!, settings: settingsOf({}) })).toEqual({
    ...{ billing: 'token', secret: null, variables: { ANTHROPIC_API_KEY: secret } },
    ...{ address: { ANTHROPIC_BASE_URL: 'https://gateway.example' }, helper: settings.apiKeyHelper },
  });
  expect(own.masked(`it is ${secret}`)).toBe('it is ${ANTHROPIC_API_KEY}');
  await expect(access(ran)).rejects.toThrow('ENOENT');
});

test('a key beside an address that one agent alone knows is found for that agent alone', async () => {
  const env = { CLAUDE_CODE_USE_BEDROCK: '1', AWS_BEARER_TOKEN_BEDROCK: secret, AWS_REGION: 'eu-west-1' };
  const gateway = { ...env, ANTHROPIC_BEDROCK_BASE_URL: 'https://gateway.example' };
  expect(await named({ env })).toEqual(['amazon-bedrock', 'claude-bedrock']);
  expect(await named({ env: gateway })).toEqual(['claude-bedrock']);
  const [account] = (await accounts({ env: gateway })).filter(({ name }) => name === 'claude-bedrock');
  const { AWS_BEARER_TOKEN_BEDROCK: _, ...beside } = gateway;
  expect(await credential(account!.secret, { env: gateway })).toEqual({
    ...{ billing: 'token', secret: null, variables: { AWS_BEARER_TOKEN_BEDROCK: secret } },
    address: beside,
  });
});

it('what the agent finds by itself needs no secret of ours', async () => {
  expect(await credential({ kind: 'agent', agent: 'claude' }, { billing: 'subscription' })).toEqual({
    billing: 'subscription',
    variables: {},
    secret: null,
  });
});

describe('what it gave out', () => {
  /** How often one of its texts was looked at. */
  const watched = (text: string) => {
    const seen = { count: 0, type: 'said' };
    return Object.defineProperty(seen, 'text', { enumerable: true, get: () => ((seen.count += 1), text) });
  };

  it('is masked in whatever is written, which costs nothing before and one look where there is none of it', async () => {
    const known = opened({ env: { MY_KEY: secret } });
    const harmless = watched('long enough to hold one');
    expect(known.masked(harmless)).toBe(harmless);
    expect([harmless.count, known.sieve()]).toEqual([0, null]);
    await known.value({ reference: { kind: 'env', of: 'MY_KEY' }, of: 'x' });
    expect(known.masked(harmless)).toBe(harmless);
    expect(harmless.count).toBe(1);
    expect(known.masked({ a: [`the ${secret}`] })).toEqual({ a: ['the ${MY_KEY}'] });
    expect(known.masked(null)).toBeNull();
    expect(known.sieve()?.first(`in work: ${secret}`, 0)?.name).toBe('${MY_KEY}');
  });

  it('is looked for in work but for what may stand in any', async () => {
    const known = opened({ env: { NODE_ENV: 'production' } });
    await known.value({ reference: { kind: 'env', of: 'NODE_ENV' }, of: 'x' });
    expect(known.masked('in production')).toBe('in ${NODE_ENV}');
    expect(known.sieve()).toBeNull();
  });

  it('is also what the configuration itself holds', () => {
    const env = { HOOK: 'https://hooks.example.org/services/s3cret-of-the-hook' };
    const known = opened({ env });
    const settings = settingsOf({ agents: { claude: { env: { MY_TOKEN: 'token-in-the-file', MODE: 'mode-of-work' } } } });
    for (const webhook of ['env:HOOK', 'env:UNSET', 'https://other.example.org/?key=s3cret-of-the-other'])
      known.know({ ...settings, notify: { ...settings.notify, webhook } });
    known.know(settings);
    const text = `token-in-the-file, mode-of-work, ${env.HOOK}, s3cret-of-the-hook, s3cret-of-the-other`;
    expect(known.masked(text)).toBe('agents.claude.env.MY_TOKEN, mode-of-work, ${HOOK}, ${HOOK}, notify.webhook');
    expect(known.sieve()?.first('token-in-the-file', 0)?.name).toBe('agents.claude.env.MY_TOKEN');
  });
});
