// Accounts that exist without being configured: keys in the usual variables, and the ones that the agents find themselves.
// A variable that the configuration sets for one agent is an account of that agent alone.
import type { Account, SecretSource } from '../core/route/account.ts';
import { keyProviders, providerCredentials, type Env } from '../core/security/environment.ts';
import type { AccountConfig, AgentConfig } from '../core/settings.ts';

/** An account that the configuration describes. */
export function configured(given: { readonly name: string; readonly config: AccountConfig }): Account {
  const { provider, billing = 'token', agents = [], secret } = given.config;
  const source = sourceOf(secret);
  return {
    name: given.name,
    provider,
    billing,
    secret: source,
    agents: agents.length === 0 ? null : agents,
    shared: false,
  };
}

/** The schema admits only these four forms. */
function sourceOf(secret: string): SecretSource {
  const at = secret.indexOf(':');
  const rest = secret.slice(at + 1);
  switch (secret.slice(0, at)) {
    case 'env':
      return { kind: 'env', names: [rest] };
    case 'file':
      return { kind: 'file', path: rest };
    case 'agent':
      return { kind: 'agent', agent: rest };
    default:
      return { kind: 'command', command: rest };
  }
}

export function keysInEnvironment(env: Env): Account[] {
  return keyProviders().flatMap((provider) => {
    const names = providerCredentials(provider).filter((name) => isSet(env[name]));
    return names.length === 0 ? [] : [key({ name: provider, provider, secret: { kind: 'env', names }, agents: null })];
  });
}

export function keysInConfiguration(given: { readonly agent: string; readonly config: AgentConfig }): Account[] {
  const { agent, config } = given;
  return keyProviders().flatMap((provider) => {
    const names = providerCredentials(provider).filter((name) => isSet(config.env[name]));
    return names.length === 0
      ? []
      : [key({ name: `${provider}@${agent}`, provider, secret: { kind: 'config', agent, names }, agents: [agent] })];
  });
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

function key(given: Pick<Account, 'name' | 'provider' | 'secret' | 'agents'>): Account {
  return { ...given, billing: 'token', shared: false };
}
