import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Account } from '../../core/route/account.ts';
import { opencode } from './adapter.ts';

const settings = { path: 'x', env: {}, args: [], config: {} };
const found = (
  env: Record<string, string | undefined>,
  configured: { readonly env?: Record<string, string>; readonly config?: Record<string, unknown> } = {},
): Promise<readonly Account[]> => opencode.accounts.found({ env: { HOME: '/nowhere', ...env }, settings: { ...settings, ...configured } });

const base = { agents: ['opencode'] };
const itself = { kind: 'agent', agent: 'opencode' };

/** Creates a data folder with this content as its `auth.json`. */
async function signedIn(content: unknown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'yard-opencode-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'opencode', 'auth.json');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return folder;
}

describe('found', () => {
  test('is nothing where nothing is; keys of other providers are found by others', async () => {
    expect(await found({})).toEqual([]);
    expect(await found({ OPENAI_API_KEY: 'k', OPENCODE_API_KEY: '' }, { env: { OPENROUTER_API_KEY: 'k', OPENCODE_API_KEY: '' } })).toEqual(
      [],
    );
  });

  test('its vendor’s key, of the configuration before that of the environment', async () => {
    const vendor = { ...base, name: 'opencode', provider: 'opencode', billing: 'token', shared: false };
    const names = ['OPENCODE_API_KEY'];
    expect(await found({ OPENCODE_API_KEY: 'x' })).toEqual([{ ...vendor, secret: { kind: 'env', names } }]);
    for (const env of [{}, { OPENCODE_API_KEY: 'x' }])
      expect(await found(env, { env: { OPENCODE_API_KEY: 'y' } })).toEqual([
        { ...vendor, secret: { kind: 'config', agent: 'opencode', names } },
      ]);
  });

  test('each entry of its sign-in: an api key, or a plan whose tokens are refreshed', async () => {
    const folder = await signedIn({
      openai: { type: 'oauth', access: 'the-secret', refresh: 'the-secret', expires: 1 },
      openrouter: { type: 'api', key: 'the-secret' },
      odd: null,
    });
    const account = (provider: string, more: object): unknown => ({
      ...base,
      name: `opencode-${provider}`,
      provider,
      secret: itself,
      ...more,
    });
    const key = { billing: 'token', shared: false };
    const expected = [account('openai', { billing: 'subscription', shared: true }), account('openrouter', key), account('odd', key)];
    const all = await found({ XDG_DATA_HOME: folder });
    expect(all).toEqual(expected);
    expect(JSON.stringify(all)).not.toContain('the-secret');
  });

  test('it is looked for in the home where no other folder is named', async () => {
    const home = await signedIn({});
    const file = join(home, '.local', 'share', 'opencode', 'auth.json');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, '{"xai":{"type":"api","key":"k"}}');
    expect((await found({ HOME: home })).map(({ name }) => name)).toEqual(['opencode-xai']);
    expect(await found({ HOME: home, XDG_DATA_HOME: home })).toEqual([]);
  });

  test('a plan of Anthropic’s is left out, its key is not', async () => {
    const anthropic = (type: string): Promise<string> => signedIn({ anthropic: { type, access: 'x', key: 'x' } });
    expect(await found({ XDG_DATA_HOME: await anthropic('oauth') })).toEqual([]);
    expect(await found({ XDG_DATA_HOME: await anthropic('api') })).toMatchObject([{ name: 'opencode-anthropic', billing: 'token' }]);
  });

  test.each(['', '{', 'null', '7', '[]', '["openai"]', '"openai"', '\u0000', '{}\n'])('a sign-in of %j is none', async (content) => {
    expect(await found({ XDG_DATA_HOME: await signedIn(content) })).toEqual([]);
  });

  test('a provider of the configuration, which brings its own key, or that nobody knows to need one', async () => {
    const account = (provider: string): unknown => ({
      ...base,
      name: provider,
      provider,
      billing: 'token',
      secret: itself,
      shared: false,
    });
    const config = {
      provider: {
        ours: { npm: 'x', options: { baseURL: 'http://127.0.0.1/v1' } },
        openai: { options: { apiKey: 'the-secret' } },
        anthropic: { options: { baseURL: 'https://gateway.example' } },
        google: null,
      },
    };
    const all = await found({}, { config });
    expect(all).toEqual([expect.objectContaining({ name: 'ours', address: 'http://127.0.0.1/v1' }), account('openai')]);
    expect(JSON.stringify(all)).not.toContain('the-secret');
    for (const provider of [null, 7, 'x', [], {}]) expect(await found({}, { config: { provider } })).toEqual([]);
  });

  test('a provider of the person’s own configuration counts as well', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'yard-opencode-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await mkdir(join(folder, 'opencode'));
    const provider = { local: { options: { baseURL: 'http://127.0.0.1/v1' } }, openai: {}, mistral: { options: { apiKey: '{env:X}' } } };
    await writeFile(join(folder, 'opencode', 'opencode.jsonc'), `// mine\n${JSON.stringify({ provider })}`);
    expect((await found({ XDG_CONFIG_HOME: folder })).map(({ name }) => name)).toEqual(['local', 'mistral']);
    await writeFile(join(folder, 'opencode', 'opencode.jsonc'), '{"provider":');
    expect(await found({ XDG_CONFIG_HOME: folder })).toEqual([]);
  });
});
