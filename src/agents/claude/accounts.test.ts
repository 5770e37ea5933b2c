import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Account } from '../../core/route/account.ts';
import { claude } from './adapter.ts';

const settings = { path: 'x', env: {}, args: [], config: {} };
const found = (env: Record<string, string | undefined>, configured: Record<string, string> = {}): Promise<readonly Account[]> =>
  claude.accounts.found({ env: { HOME: '/nowhere', ...env }, settings: { ...settings, env: configured } });

async function home(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'yard-claude-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, '.claude'));
  return folder;
}

const base = { provider: 'anthropic', agents: ['claude'] };
const signIn: Account = { ...base, name: 'claude', billing: 'subscription', secret: { kind: 'agent', agent: 'claude' }, shared: true };
/** Only a trial can tell whether the keychain contains a sign-in. */
const everywhere = process.platform === 'darwin' ? [signIn] : [];

describe('found', () => {
  test('is nothing where nothing is; keys are found by others', async () => {
    expect(await found({})).toEqual(everywhere);
    expect(await found({ ANTHROPIC_API_KEY: 'k' }, { ANTHROPIC_API_KEY: 'k' })).toEqual(everywhere);
    expect(await found({ CLAUDE_CODE_OAUTH_TOKEN: '', ANTHROPIC_AUTH_TOKEN: undefined }, { ANTHROPIC_AUTH_TOKEN: '' })).toEqual(everywhere);
  });

  const cases: readonly [variable: string, name: string, billing: Account['billing']][] = [
    ['CLAUDE_CODE_OAUTH_TOKEN', 'claude-token', 'subscription'],
    ['ANTHROPIC_AUTH_TOKEN', 'anthropic-gateway', 'token'],
  ];
  test.each(cases)('%s is the account %s', async (variable, name, billing) => {
    const account = { ...base, name, billing, shared: false };
    const inEnv = { ...account, secret: { kind: 'env', names: [variable] } };
    const inConfig = { ...account, secret: { kind: 'config', agent: 'claude', names: [variable] } };
    const of = async (...given: Parameters<typeof found>): Promise<unknown> =>
      (await found(...given)).filter((one) => one.name !== 'claude');
    expect(await of({ [variable]: 'x' })).toEqual([inEnv]);
    expect(await of({}, { [variable]: '${MINE}' })).toEqual([inConfig]);
    // This is the variable that the agent would receive.
    expect(await of({ [variable]: 'x' }, { [variable]: 'y' })).toEqual([inConfig]);
    expect(await of({ [variable]: 'x' }, { [variable]: '' })).toEqual([inEnv]);
  });

  test('its own sign-in is where it keeps it, and several of its processes refresh it', async () => {
    const folder = await home();
    expect(await found({ HOME: folder })).toEqual(everywhere);
    await writeFile(join(folder, '.claude', '.credentials.json'), '{"claudeAiOauth":{"accessToken":"the-secret"}}');
    expect(await found({ HOME: folder })).toEqual([signIn]);
    expect(await found({ CLAUDE_CONFIG_DIR: join(folder, '.claude') })).toEqual([signIn]);
    expect(await found({ HOME: folder, CLAUDE_CONFIG_DIR: folder })).toEqual(everywhere);
  });

  test('all of them, the token that is nobody else’s first and the gateway last', async () => {
    const folder = await home();
    await writeFile(join(folder, '.claude', '.credentials.json'), '{}');
    const all = await found({ HOME: folder, CLAUDE_CODE_OAUTH_TOKEN: 'the-secret', ANTHROPIC_AUTH_TOKEN: 'the-secret' });
    expect(all.map(({ name }) => name)).toEqual(['claude-token', 'claude', 'anthropic-gateway']);
    expect(JSON.stringify(all)).not.toContain('the-secret');
  });

  const bedrock = { CLAUDE_CODE_USE_BEDROCK: '1', AWS_REGION: 'eu-west-1', AWS_BEARER_TOKEN_BEDROCK: 'the-secret', AWS_PROFILE: '' };
  const cases_: readonly [name: string, env: Record<string, string>, account: Partial<Account>][] = [
    [
      'Bedrock with a key',
      bedrock,
      {
        ...{ name: 'claude-bedrock', provider: 'amazon-bedrock' },
        secret: { kind: 'env', names: ['AWS_BEARER_TOKEN_BEDROCK'], beside: ['CLAUDE_CODE_USE_BEDROCK', 'AWS_REGION'] },
      },
    ],
    [
      'Bedrock by a profile, at a gateway',
      { CLAUDE_CODE_USE_BEDROCK: 'true', AWS_PROFILE: 'work', ANTHROPIC_BEDROCK_BASE_URL: 'https://gateway.example' },
      {
        ...{ name: 'claude-bedrock', address: 'https://gateway.example' },
        secret: { kind: 'env', names: [], beside: ['CLAUDE_CODE_USE_BEDROCK', 'ANTHROPIC_BEDROCK_BASE_URL', 'AWS_PROFILE'] },
      },
    ],
    [
      'Foundry by its resource',
      { CLAUDE_CODE_USE_FOUNDRY: '1', ANTHROPIC_FOUNDRY_RESOURCE: 'team', ANTHROPIC_FOUNDRY_API_KEY: 'the-secret' },
      {
        ...{ name: 'claude-foundry', provider: 'microsoft-foundry' },
        secret: {
          ...{ kind: 'env', names: ['ANTHROPIC_FOUNDRY_API_KEY'] },
          beside: ['CLAUDE_CODE_USE_FOUNDRY', 'ANTHROPIC_FOUNDRY_RESOURCE'],
        },
      },
    ],
    [
      'Vertex by a file, with the person’s name for a model',
      {
        ...{ CLAUDE_CODE_USE_VERTEX: '1', CLOUD_ML_REGION: 'us-east5', ANTHROPIC_VERTEX_PROJECT_ID: 'p' },
        ...{ GOOGLE_APPLICATION_CREDENTIALS: '/adc.json', ANTHROPIC_DEFAULT_HAIKU_MODEL: 'small' },
      },
      {
        ...{ name: 'claude-vertex', provider: 'google-vertex-anthropic' },
        secret: {
          ...{ kind: 'env', names: [] },
          beside: [
            ...['CLAUDE_CODE_USE_VERTEX', 'ANTHROPIC_VERTEX_PROJECT_ID', 'CLOUD_ML_REGION', 'GOOGLE_APPLICATION_CREDENTIALS'],
            'ANTHROPIC_DEFAULT_HAIKU_MODEL',
          ],
        },
      },
    ],
    ['the first of several', { CLAUDE_CODE_USE_VERTEX: '1', CLAUDE_CODE_USE_FOUNDRY: '1' }, { name: 'claude-foundry' }],
  ];
  test.each(cases_)('a cloud that is switched on, with all of its variables: %s', async (_, env, account) => {
    const clouds = (await found(env)).filter(({ name }) => name !== 'claude');
    expect(clouds).toEqual([expect.objectContaining({ ...account, agents: ['claude'], billing: 'token', shared: false })]);
    expect(JSON.stringify(clouds)).not.toContain('the-secret');
    // If it is in the configuration, all of its variables come from there.
    const { secret, ...rest } = clouds[0]!;
    expect((await found({ ...env, AWS_SESSION_TOKEN: 'elsewhere' }, env)).filter(({ name }) => name !== 'claude')).toEqual([
      { ...rest, secret: { ...secret, kind: 'config', agent: 'claude' } },
    ]);
  });

  test.each(['', '0', 'false', 'no', ' OFF '])('a cloud whose switch says "%s" is none', async (value) => {
    expect(await found({ ...bedrock, CLAUDE_CODE_USE_BEDROCK: value })).toEqual(everywhere);
  });
});

describe('the person’s own settings', () => {
  const env = { ANTHROPIC_AUTH_TOKEN: 'the-secret', ANTHROPIC_BASE_URL: 'https://gateway.example', EDITOR: 'vi', BROKEN: 7 };
  const foundry = {
    CLAUDE_CODE_USE_FOUNDRY: '1',
    ANTHROPIC_FOUNDRY_API_KEY: 'the-secret',
    ANTHROPIC_FOUNDRY_BASE_URL: 'https://f.example',
  };
  const settingsIn = async (settings: unknown): Promise<string> => {
    const folder = await home();
    await writeFile(join(folder, '.claude', 'settings.json'), typeof settings === 'string' ? settings : JSON.stringify(settings));
    return folder;
  };
  const account: Account = {
    ...base,
    name: 'claude-settings',
    billing: 'token',
    secret: { kind: 'agent', agent: 'claude' },
    shared: false,
  };
  const at = { address: 'https://gateway.example' };

  test.each<[name: string, settings: unknown, account: Partial<Account>, credential: unknown]>([
    [
      'a gateway’s token',
      { env },
      at,
      {
        ...{ variables: { ANTHROPIC_AUTH_TOKEN: 'the-secret' }, secret: null },
        address: { ANTHROPIC_BASE_URL: 'https://gateway.example' },
      },
    ],
    ['a helper', { apiKeyHelper: 'the-secret helper' }, {}, { variables: {}, secret: null, address: {}, helper: 'the-secret helper' }],
    [
      'a cloud, for which no helper is asked',
      { env: { ...env, ...foundry }, apiKeyHelper: 'x' },
      { provider: 'microsoft-foundry', address: 'https://f.example' },
      {
        ...{ variables: { ANTHROPIC_FOUNDRY_API_KEY: 'the-secret' }, secret: null },
        address: { CLAUDE_CODE_USE_FOUNDRY: '1', ANTHROPIC_FOUNDRY_BASE_URL: 'https://f.example', AZURE_TENANT_ID: 'of-the-environment' },
      },
    ],
  ])('%s is found by reference, and handed over when it is needed', async (_, settings, more, credential) => {
    const folder = await settingsIn(settings);
    const around = { HOME: folder, AZURE_TENANT_ID: 'of-the-environment', ANTHROPIC_FOUNDRY_API_KEY: '' };
    const all = (await found(around)).filter(({ name }) => name !== 'claude');
    expect(all).toEqual([{ ...account, ...more }]);
    expect(JSON.stringify(all)).not.toContain('the-secret');
    expect(await claude.accounts.credential({ account: all[0]!, env: around })).toEqual(credential);
    expect(await found({ CLAUDE_CONFIG_DIR: join(folder, '.claude') })).toContainEqual(all[0]);
  });

  test.each([
    {},
    '{',
    [],
    { env: { EDITOR: 'vi', ANTHROPIC_API_KEY: '' }, apiKeyHelper: '' },
    { env: { ANTHROPIC_BASE_URL: 'https://x.example' } },
  ])('%j pays nothing, and says so where it is named as an account', async (settings) => {
    const folder = await settingsIn(settings);
    expect((await found({ HOME: folder })).filter(({ name }) => name !== 'claude')).toEqual([]);
    await expect(claude.accounts.credential({ account, env: { HOME: folder } })).rejects.toMatchObject({
      ...{
        code: 'secret-missing',
        message: `${folder}/.claude/settings.json contains nothing that pays for anthropic, as the account claude-settings needs it`,
      },
    });
  });

  test('a sign-in is found by the agent itself; a cloud that the settings do not name as well', async () => {
    const folder = await settingsIn({ env });
    expect(await claude.accounts.credential({ account: signIn, env: { HOME: folder } })).toBe(null);
    // A cloud can also use the machine's role.
    expect(await claude.accounts.credential({ account: { ...account, provider: 'amazon-bedrock' }, env: { HOME: folder } })).toBe(null);
  });
});
