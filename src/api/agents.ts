// Which agents are installed and signed in, as far as files show it: no request is sent and no token is spent.
import { stillCools, unseen, whereTo, type Account, type AccountState } from '../core/route/account.ts';
import { accountUse, type AccountUse } from '../core/route/account-use.ts';
import { mayUse, type AgentFacts } from '../core/route/route.ts';
import type { Settings } from '../core/settings.ts';
import { shownText } from '../core/security/shown.ts';
import { iso } from '../lib/iso.ts';
import type { Agent, SignInAdvice } from '../ports/agent.ts';
import type { Vault } from '../ports/vault.ts';
import type { Host } from '../ports/host.ts';
import type { PlaceSite } from '../ports/place-site.ts';

export interface AgentView {
  readonly name: string;
  readonly installed: boolean;
  readonly version: string | null;
  readonly path: string | null;
  /** `unknown`: there is a credential, and only a request could prove it. */
  readonly auth: { readonly state: 'ok' | 'none' | 'failed' | 'unknown'; readonly kind: string | null; readonly checkedAt: string };
  readonly cooldownUntil: string | null;
}

/** A program that takes longer than this to print its version counts as broken. The slowest measured took 0.7 s. */
const versionMs = 20_000;

export async function lookAtAgents(given: {
  /** The site where the agents' programs are searched for. */
  site: PlaceSite;
  settings: Settings;
  agents: ReadonlyMap<string, Agent>;
  host: Host;
  vault: Vault;
  states: ReadonlyMap<string, AccountState>;
  now: number;
}): Promise<AgentView[]> {
  const { site, settings, now } = given;
  const accounts = await given.vault.accounts(settings);
  return Promise.all(
    [...given.agents.values()].map(async (agent) => {
      const { name } = agent.facts;
      const config = settings.agents[name];
      const path = config === undefined ? null : await site.find(config);
      const version = path === null ? null : await versionOf({ ...given, agent, path });
      const mine = accounts.filter((account) => mayUse({ agent: agent.facts, account, provider: account.provider }));
      return { name, installed: path !== null, version, path, ...signInOf({ accounts: mine, states: given.states, now }) };
    }),
  );
}

/** The state of the best of its accounts; the agent cools down while all of them do. */
function signInOf(given: {
  accounts: readonly Account[];
  states: ReadonlyMap<string, AccountState>;
  now: number;
}): Pick<AgentView, 'auth' | 'cooldownUntil'> {
  const { accounts, states, now } = given;
  const seen = accounts.map((account) => {
    const state = states.get(account.name) ?? unseen;
    const refused = state.failed !== null || state.proof?.ok === false;
    const cooling = state.cooldowns.filter((one) => one.model === null && stillCools(one, now)).map(({ until }) => until);
    const signedIn = state.proof?.ok === true ? 'ok' : refused ? 'failed' : 'unknown';
    return { account, checkedAt: state.proof?.at ?? now, signedIn, until: cooling.length === 0 ? null : Math.max(...cooling) } as const;
  });
  const order = ['ok', 'unknown', 'failed'] as const;
  const [best] = seen.toSorted((a, b) => order.indexOf(a.signedIn) - order.indexOf(b.signedIn));
  const untils = seen.flatMap(({ until }) => until ?? []);
  return {
    auth: { state: best?.signedIn ?? 'none', kind: best?.account.name ?? null, checkedAt: iso(best?.checkedAt ?? now) },
    cooldownUntil: seen.length > 0 && untils.length === seen.length ? iso(Math.min(...untils)) : null,
  };
}

/** How an account is used, and where its requests go. Secret parts of an address are left out. */
export function accountUseHere(given: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly settings: Settings;
  readonly agents: readonly (AgentFacts & { readonly installed: boolean })[];
  readonly account: Account;
}): AccountUse & { readonly address: string | null } {
  const { settings, account, agents } = given;
  const { models, routing } = settings;
  const use = accountUse({
    ...{ account, agents, tiers: models.tiers },
    ...{ defaultModel: models.default, preferSubscription: routing.preferSubscription },
  });
  const address = whereTo({ account, agents: settings.agents, env: given.env });
  return { ...use, address: address === null ? null : shownText(address) };
}

/**
 * The advice of the agent that finds the account's sign-in by itself. Null if the account has a secret of its own, which
 * only a person can correct.
 */
export function signInAdvice(agents: ReadonlyMap<string, Agent>, { secret }: Account): SignInAdvice | null {
  return secret.kind === 'agent' ? (agents.get(secret.agent)?.accounts?.advice ?? null) : null;
}

export async function versionOf(given: {
  site: PlaceSite;
  settings: Settings;
  host: Host;
  agent: Agent;
  path: string;
}): Promise<string | null> {
  const { agent, site } = given;
  const config = given.settings.agents[agent.facts.name];
  if (config === undefined) return null;
  const spec = agent.command({ action: 'version', settings: { ...config, path: given.path }, site });
  const answer = await given.host.ask(spec, { timeoutMs: versionMs, signal: new AbortController().signal });
  return answer.exit.code === 0 ? agent.version(answer.stdout) : null;
}
