// Finds the accounts that Claude Code would use by itself: a plan's long-lived token, a gateway's token, its own sign-in, a
// cloud, and the person's own settings. Accounts belong to the person, so this reads the person's own machine; none of
// their helper programs is run.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account, SecretSource } from '../../core/route/account.ts';
import type { Env } from '../../core/security/environment.ts';
import { Fault } from '../../core/fault.ts';
import type { AgentConfig } from '../../core/settings.ts';
import type { Credential } from '../../ports/command-request.ts';
import { address, cloudOf, clouds, companions, isOn, token, type Cloud } from './clouds.ts';
import { planToken } from './command.ts';
import { claudeHome, ownSettings } from './own-settings.ts';

interface Facts {
  readonly env: Env;
  readonly settings: AgentConfig;
}

const base = { provider: 'anthropic', agents: ['claude'], shared: false } as const;
const own = { kind: 'agent', agent: 'claude' } as const;

export async function claudeAccounts(facts: Facts): Promise<readonly Account[]> {
  const plan = sourceOf(planToken, facts);
  const gateway = sourceOf(token, facts);
  return [
    ...(plan === null ? [] : [{ ...base, name: 'claude-token', billing: 'subscription', secret: plan } as const]),
    // Its processes refresh single-use tokens in one store, so they can sign each other out.
    ...((await isSignedIn(facts.env)) ? [{ ...base, name: 'claude', billing: 'subscription', secret: own, shared: true } as const] : []),
    ...(gateway === null ? [] : [{ ...base, name: 'anthropic-gateway', billing: 'token', secret: gateway } as const]),
    ...cloudAccount(facts),
    ...(await settingsAccount(facts.env)),
  ];
}

/** The credential from the person's own settings that it is given; null if it finds its sign-in by itself. */
export async function claudeCredential(facts: {
  readonly account: Account;
  readonly env: Env;
}): Promise<Omit<Credential, 'billing'> | null> {
  const { account, env } = facts;
  if (account.billing === 'subscription') return null;
  const found = await ownSettings(env);
  if (found !== null && (found.cloud?.provider ?? 'anthropic') === account.provider) return found.credential;
  // A cloud also accepts the machine's own role, and sign-ins in files.
  if (cloudOf(account.provider) !== null) return null;
  throw new Fault({
    code: 'secret-missing',
    message: `${join(claudeHome(env), 'settings.json')} contains nothing that pays for ${account.provider}, as the account ${account.name} needs it`,
    hint: 'add apiKeyHelper there, or a key to its env; or remove the account from the configuration',
    data: { account: account.name },
  });
}

function sourceOf(name: string, facts: Facts): SecretSource | null {
  if ((facts.settings.env[name] ?? '') !== '') return { kind: 'config', agent: 'claude', names: [name] };
  return (facts.env[name] ?? '') === '' ? null : { kind: 'env', names: [name] };
}

/**
 * The first cloud that is switched on, where the configuration comes before the environment. All its variables are read
 * from the same place as the switch.
 */
function cloudAccount({ env, settings }: Facts): Account[] {
  const inConfig = clouds.find(({ on }) => isOn(settings.env[on]));
  const cloud = inConfig ?? clouds.find(({ on }) => isOn(env[on]));
  if (cloud === undefined) return [];
  const from: Env = inConfig === undefined ? env : settings.env;
  const setOf = (names: readonly string[]): string[] => names.filter((name) => (from[name] ?? '') !== '');
  const names = { names: setOf(cloud.secrets), beside: setOf(companions(cloud)) };
  const secret: SecretSource = inConfig === undefined ? { kind: 'env', ...names } : { kind: 'config', agent: 'claude', ...names };
  return [{ ...ofCloud(cloud, from), name: cloud.account, billing: 'token', secret }];
}

async function settingsAccount(env: Env): Promise<Account[]> {
  const found = await ownSettings(env);
  if (found === null) return [];
  const { cloud, credential } = found;
  const to = credential.address?.[address];
  const where = cloud === null ? { ...base, ...(to === undefined ? {} : { address: to }) } : ofCloud(cloud, credential.address ?? {});
  return [{ ...where, name: 'claude-settings', billing: 'token', secret: own }];
}

function ofCloud(cloud: Cloud, from: Env): Omit<Account, 'name' | 'billing' | 'secret'> {
  const to = cloud.addresses.map((name) => from[name] ?? '').find((value) => value.includes('://'));
  return { ...base, provider: cloud.provider, ...(to === undefined ? {} : { address: to }) };
}

/**
 * On macOS its sign-in is in the keychain, and reading that would ask the person for permission, so a trial has to find
 * out.
 */
async function isSignedIn(env: Env): Promise<boolean> {
  if (process.platform === 'darwin') return true;
  return access(join(claudeHome(env), '.credentials.json')).then(
    () => true,
    () => false,
  );
}
