// Which accounts the vault finds, and how it masks the secrets that it gave out.
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { vault } from './vault.ts';
import { accounts, agents, credential, home, named, opened, secret, settingsOf, useHome, type Given } from './vault.samples.ts';

useHome();

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

describe('what it gave out', () => {
  /** How often one of its texts was searched. */
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
