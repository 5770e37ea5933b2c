// A vault with a home folder of its own, and short forms for its accounts, credentials and faults. No fault may contain a
// secret.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect } from 'vitest';
import { claude } from '../agents/claude/adapter.ts';
import { opencode } from '../agents/opencode/adapter.ts';
import { defaults } from '../config/defaults.ts';
import type { Account, SecretSource } from '../core/route/account.ts';
import { Fault } from '../core/fault.ts';
import type { AccountConfig, AgentConfig, Settings } from '../core/settings.ts';
import type { Agent } from '../ports/agent.ts';
import type { Credential } from '../ports/command-request.ts';
import { vault } from './vault.ts';

export const agents = new Map<string, Agent>([claude, opencode].map((agent) => [agent.facts.name, agent]));
export const secret = 'sk-the-secret-0123456789';

/** The person's home folder in the current test. */
export let home = '';

/** Creates a home folder for each test. */
export function useHome(): void {
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'yard-vault-'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));
}

export interface Given {
  readonly env?: Record<string, string>;
  readonly accounts?: Record<string, Partial<AccountConfig>>;
  readonly agents?: Record<string, Partial<AgentConfig>>;
}

export function settingsOf(given: Given): Settings {
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

export const opened = (given: Given) => vault({ env: { PATH: process.env['PATH'], HOME: home, ...given.env }, agents });
export const accounts = (given: Given = {}): Promise<readonly Account[]> => opened(given).accounts(settingsOf(given));
/** On macOS, the sign-in of one agent is always a candidate. */
export const named = async (given: Given = {}): Promise<string[]> =>
  (await accounts(given)).map(({ name }) => name).filter((name) => name !== 'claude');

export function credential(source: SecretSource, given: Given & { readonly billing?: Account['billing'] } = {}): Promise<Credential> {
  const { billing = 'token' } = given;
  const account: Account = { name: 'mine', provider: 'acme', billing, secret: source, agents: null, shared: false };
  return opened(given).credential({ account, settings: settingsOf(given) });
}

/** The resulting fault, after checking that it contains no secret. */
export async function faultOf(reading: Promise<unknown>): Promise<Fault> {
  const fault = await reading.then(
    (value) => new Error(`it was read: ${inspect(value)}`),
    (error: unknown) => error,
  );
  expect(inspect(fault, { depth: 9 })).not.toContain('the-secret');
  if (!(fault instanceof Fault)) throw fault;
  expect(JSON.stringify([fault.message, fault.hint, fault.data, fault.stack])).not.toContain('the-secret');
  return fault;
}
