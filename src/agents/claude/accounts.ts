// What Claude Code would find of an account by itself: a plan's long-lived token, a gateway's, its own sign-in, a cloud, and
// the person's own settings. Accounts are the person's, so their own machine is looked at; no helper of theirs is run.
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
    // Its processes refresh single-use tokens in one store, and can sign each other out.
    ...((await isSignedIn(facts.env)) ? [{ ...base, name: 'claude', billing: 'subscription', secret: own, shared: true } as const] : []),
    ...(gateway === null ? [] : [{ ...base, name: 'anthropic-gateway', billing: 'token', secret: gateway } as const]),
    ...cloudAccount(facts),
    ...(await settingsAccount(facts.env)),
  ];
}

/** What it is to be given of the person's own settings; null: it finds its sign-in by itself. */
export async function claudeCredential(facts: {
  readonly account: Account;
  readonly env: Env;
}): Promise<Omit<Credential, 'billing'> | null> {
  const { account, env } = facts;
  if (account.billing === 'subscription') return null;
  const found = await ownSettings(env);
  if (found !== null && (found.cloud?.provider ?? 'anthropic') === account.provider) return found.credential;
  // A cloud also knows the machine's own role, and sign-ins in files.
  if (cloudOf(account.provider) !== null) return null;
  throw new Fault({
    code: 'secret-missing',
    message: `${join(claudeHome(env), 'settings.json')} names nothing that pays for ${account.provider}, as ${account.name} needs it`,
    hint: 'put apiKeyHelper there, or a key into its env; or take the account out of the configuration',
    data: { account: account.name },
  });
}

function sourceOf(name: string, facts: Facts): SecretSource | null {
  if ((facts.settings.env[name] ?? '') !== '') return { kind: 'config', agent: 'claude', names: [name] };
  return (facts.env[name] ?? '') === '' ? null : { kind: 'env', names: [name] };
}

/** The first that is switched on, in the configuration before the environment: all of its variables come from where it is. */
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

/** On macOS it keeps its sign-in in the keychain, where looking would ask the person for leave: a trial tells. */
async function isSignedIn(env: Env): Promise<boolean> {
  if (process.platform === 'darwin') return true;
  return access(join(claudeHome(env), '.credentials.json')).then(
    () => true,
    () => false,
  );
}
