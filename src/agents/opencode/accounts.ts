// Finds the accounts that OpenCode would use by itself: its own sign-in for each provider, its vendor's key, and providers
// in the configuration that have a key of their own or need none. Accounts belong to the person, so this reads the person's
// own machine.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from '../../core/route/account.ts';
import { providerCredentials } from '../../core/security/environment.ts';
import type { AgentConfig } from '../../core/settings.ts';
import { ownProviders } from './survey.ts';

type Env = Readonly<Record<string, string | undefined>>;

export async function opencodeAccounts(facts: { readonly env: Env; readonly settings: AgentConfig }): Promise<readonly Account[]> {
  const { env, settings } = facts;
  const base = { agents: ['opencode'], secret: { kind: 'agent', agent: 'opencode' } } as const;
  const key = 'OPENCODE_API_KEY';
  const own = (settings.env[key] ?? '') !== '' ? 'config' : (env[key] ?? '') !== '' ? 'env' : null;
  const vendor =
    own === 'config' ? ({ kind: 'config', agent: 'opencode', names: [key] } as const) : ({ kind: 'env', names: [key] } as const);
  const providers = [
    ...Object.entries(recordOf(settings.config['provider'])),
    ...(await ownProviders({ env: { ...env, ...settings.env }, textOf })),
  ];
  return [
    ...providers.filter(hasKey).map(([provider, config]) => ({
      ...base,
      name: provider,
      provider,
      billing: 'token' as const,
      shared: false,
      ...addressed(config),
    })),
    ...(await signIns(env)).map(({ provider, oauth }) => ({
      ...base,
      name: `opencode-${provider}`,
      provider,
      // Its tokens are refreshed and single-use, so workers with copies can sign each other out.
      billing: oauth ? ('subscription' as const) : ('token' as const),
      shared: oauth,
    })),
    ...(own === null
      ? []
      : [{ ...base, name: 'opencode', provider: 'opencode', billing: 'token' as const, secret: vendor, shared: false }]),
  ];
}

/** A provider that the configuration makes usable: with a key of its own there, or because no key is known to be needed. */
function hasKey([provider, config]: [string, unknown]): boolean {
  const options = recordOf(recordOf(config)['options']);
  return providerCredentials(provider).length === 0 || options['apiKey'] !== undefined;
}

/** References in it are resolved by OpenCode itself. */
function addressed(config: unknown): { address?: string } {
  const address = recordOf(recordOf(config)['options'])['baseURL'];
  return typeof address === 'string' && /^https?:/.test(address) ? { address } : {};
}

async function signIns(env: Env): Promise<readonly { readonly provider: string; readonly oauth: boolean }[]> {
  const file = join(env['XDG_DATA_HOME'] ?? join(env['HOME'] ?? '/', '.local', 'share'), 'opencode', 'auth.json');
  const text = await textOf(file);
  try {
    return Object.entries(recordOf(JSON.parse(text ?? '{}'))).flatMap(([provider, entry]) => {
      const oauth = recordOf(entry)['type'] === 'oauth';
      // Only Anthropic's own client may use a Claude plan; if it is requested here, OpenCode sends nothing (measured).
      return oauth && provider === 'anthropic' ? [] : [{ provider, oauth }];
    });
  } catch {
    return [];
  }
}

async function textOf(file: string): Promise<string | null> {
  // Most of some thirty possible files do not exist, and an error for each would cost ten times as much as this check.
  return existsSync(file) ? readFile(file, 'utf8').catch(() => null) : null;
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
