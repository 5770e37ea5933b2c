// The accounts of this machine's user: the configured ones, and those that are found without configuration.
import { addressOf, type Account } from '../core/route/account.ts';
import { referred, type Env } from '../core/security/environment.ts';
import { isHeldBack, literalSecrets, secretsOfAddress } from '../core/security/known-secrets.ts';
import { sieveFor, type Secret, type Sieve } from '../core/security/mask.ts';
import type { Reference } from '../core/own/mcp.ts';
import type { Settings } from '../core/settings.ts';
import type { Agent } from '../ports/agent.ts';
import type { Credential } from '../ports/command-request.ts';
import type { Vault } from '../ports/vault.ts';
import { configured, keysInConfiguration, keysInEnvironment } from './found.ts';
import { missing, secretByCommand, secretInFile } from './secret.ts';

export function vault(given: { readonly env: Env; readonly agents: ReadonlyMap<string, Agent> }): Vault {
  const { env, agents } = given;
  // A pulse asks for each of its tasks, so accounts are searched for only when settings are read again (every few seconds).
  const known = new WeakMap<Settings, Promise<readonly Account[]>>();
  const findAll = async (settings: Settings): Promise<readonly Account[]> => {
    const own = await Promise.all(
      [...agents.values()].map(async (agent) => {
        const config = settings.agents[agent.facts.name];
        return config === undefined
          ? []
          : [
              ...keysInConfiguration({ agent: agent.facts.name, config }),
              ...((await agent.accounts?.found({ env, settings: config })) ?? []),
            ];
      }),
    );
    const described = Object.entries(settings.accounts).map(([name, config]) => configured({ name, config }));
    // A variable of a configured account is not found a second time: limits would hold for only one of the two names.
    const taken = variablesOf(described);
    // Variables that stand beside an address that only one agent reads would be sent to another address by any other agent.
    const addressed = variablesOf(own.flat().filter(({ address }) => address !== undefined));
    const keys = keysInEnvironment(env).filter((account) => !variablesOf([account]).some((name) => addressed.includes(name)));
    const all = [...described, ...keys, ...own.flat()];
    const names = new Set<string>();
    return all.flatMap((account) => {
      if (!described.includes(account) && variablesOf([account]).some((name) => taken.includes(name))) return [];
      if (names.has(account.name)) return [];
      names.add(account.name);
      return [account];
    });
  };
  const { note, masked, sieve } = secretMemory();
  const seen = new WeakSet<Settings>();
  return {
    accounts(settings) {
      const found = known.get(settings) ?? findAll(settings);
      known.set(settings, found);
      return found;
    },
    async value({ reference, of, signal }) {
      const value = await valueOf({ reference, of, env, signal });
      note([{ name: reference.kind === 'env' ? `\${${reference.of}}` : `\${${reference.kind}:${reference.of}}`, value }]);
      return value;
    },
    async credential({ account, settings, signal }) {
      const credential = await credentialOf({ account, settings, env, agents, signal });
      note(Object.entries(credential.variables).map(([name, value]) => ({ name: `\${${name}}`, value })));
      if (credential.secret !== null) note([{ name: `the secret of ${account.name}`, value: credential.secret }]);
      return credential;
    },
    know(settings) {
      if (seen.has(settings)) return;
      seen.add(settings);
      const webhook = /^env:(.*)$/.exec(settings.notify.webhook ?? '')?.[1];
      note([...literalSecrets(settings), ...(webhook === undefined ? [] : secretsOfAddress(`\${${webhook}}`, env[webhook] ?? ''))]);
    },
    masked,
    sieve,
  };
}

/** Secrets are remembered as long as this process may write something that contains them. */
function secretMemory(): Pick<Vault, 'masked' | 'sieve'> & { readonly note: (secrets: readonly Secret[]) => void } {
  const names = new Map<string, string>();
  let mask: Sieve | null = null;
  let sieve: Sieve | null = null;
  return {
    note: (secrets) => {
      const before = names.size;
      for (const { name, value } of secrets) if (!names.has(value)) names.set(value, name);
      if (names.size === before) return;
      const all = [...names].map(([value, name]) => ({ value, name }));
      mask = sieveFor(all);
      sieve = sieveFor(all.filter(isHeldBack));
    },
    masked: (data) => mask?.masked(data) ?? data,
    sieve: () => sieve,
  };
}

function variablesOf(accounts: readonly Account[]): readonly string[] {
  return accounts.flatMap(({ secret }) => (secret.kind === 'env' ? secret.names : []));
}

async function valueOf(given: {
  readonly reference: Reference;
  readonly of: string;
  readonly env: Env;
  readonly signal: AbortSignal | undefined;
}): Promise<string> {
  const { reference, of, env, signal } = given;
  switch (reference.kind) {
    case 'file':
      return secretInFile({ account: of, env, path: reference.of });
    case 'command':
      return secretByCommand({ account: of, env, command: reference.of, signal });
    case 'env':
    case 'fill': {
      const value = reference.kind === 'env' ? env[reference.of] : undefined;
      if (value !== undefined && value !== '') return value;
      throw missing({
        account: of,
        message: `the variable ${reference.of}, which ${of} needs, is not set`,
        hint: `export ${reference.of}`,
      });
    }
  }
}

async function credentialOf(given: {
  readonly account: Account;
  readonly settings: Settings;
  readonly env: Env;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly signal: AbortSignal | undefined;
}): Promise<Credential> {
  const { account, settings, env, agents, signal } = given;
  const { billing, secret, name } = account;
  const address = addressOf({ secret, agents: settings.agents, env });
  switch (secret.kind) {
    case 'agent': {
      const found = await agents.get(secret.agent)?.accounts?.credential?.({ account, env });
      return { billing, ...(found ?? { variables: {}, secret: null }) };
    }
    case 'file':
      return { billing, variables: {}, secret: await secretInFile({ account: name, env, path: secret.path }) };
    case 'command':
      return { billing, variables: {}, secret: await secretByCommand({ account: name, env, command: secret.command, signal }) };
    case 'env':
      return fromVariables({ account, names: secret.names, address, valueOf: (variable) => env[variable] ?? null });
    case 'config': {
      const configured = settings.agents[secret.agent]?.env ?? {};
      const valueOf = (variable: string): string | null => referred({ value: configured[variable] ?? '', env });
      return fromVariables({ account, names: secret.names, address, valueOf });
    }
  }
}

function fromVariables(given: {
  readonly account: Account;
  readonly names: readonly string[];
  readonly address: Readonly<Record<string, string>>;
  readonly valueOf: (name: string) => string | null;
}): Credential {
  const { account, names, address, valueOf } = given;
  const variables = names.map((name): [string, string] => {
    const value = valueOf(name);
    if (value !== null && value !== '') return [name, value];
    throw missing({
      account: account.name,
      message: `the secret of ${account.name}, the variable ${name}, is not set`,
      hint: `export ${name}`,
    });
  });
  const credential = { billing: account.billing, variables: Object.fromEntries(variables), secret: null };
  return Object.keys(address).length === 0 ? credential : { ...credential, address };
}
