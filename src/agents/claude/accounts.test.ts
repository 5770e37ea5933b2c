import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Account } from '../../core/account.ts';
import { claude } from './adapter.ts';

const settings = { path: 'x', env: {}, args: [], config: {} };
const found = (env: Record<string, string | undefined>, configured: Record<string, string> = {}): Promise<readonly Account[]> =>
  claude.found({ env: { HOME: '/nowhere', ...env }, settings: { ...settings, env: configured } });

async function home(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'yard-claude-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, '.claude'));
  return folder;
}

const base = { provider: 'anthropic', agents: ['claude'] };
const signIn: Account = { ...base, name: 'claude', billing: 'subscription', secret: { kind: 'agent', agent: 'claude' }, shared: true };
/** In its keychain only a trial can look. */
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
    // Which the agent would be given.
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
});
