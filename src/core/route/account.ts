// An account is a credential and how it is billed. This file decides whether an account can be used now, from what was
// observed of it. The functions are pure: the stored state and the time come in, and expiry is checked at each choice, so
// no account can stay blocked by mistake.
import { addressesBeside, addressName, pick, referenceIn, referred, type Env } from '../security/environment.ts';
import type { ConditionReason } from '../reason/condition-reason.ts';
import { stillWaits } from '../task/retry.ts';
import type { Duration, Instant } from '../time.ts';

/** How work is paid: by a flat subscription with usage limits, or per token. */
export type Billing = 'subscription' | 'token';

/** Where a credential is. Its value is never part of our configuration, database, logs or transcripts. */
export type SecretSource =
  /**
   * `beside`: variables that belong to the credential and hold no secret. `names` is empty if those are all that is
   * needed.
   */
  | { readonly kind: 'env'; readonly names: readonly string[]; readonly beside?: readonly string[] }
  /** Variables that the configuration sets for every worker of one agent. */
  | { readonly kind: 'config'; readonly agent: string; readonly names: readonly string[]; readonly beside?: readonly string[] }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'command'; readonly command: string }
  /** The agent finds the credential itself: through its own sign-in or configuration, or the role of a machine. */
  | { readonly kind: 'agent'; readonly agent: string };

export interface Account {
  readonly name: string;
  readonly provider: string;
  readonly billing: Billing;
  readonly secret: SecretSource;
  /** The agents that may use it; null for every agent that can. */
  readonly agents: readonly string[] | null;
  /** Several processes refresh the same single-use tokens in one store, so they can sign each other out. */
  readonly shared: boolean;
  /** Where its requests go, if not to its provider's own address; absent if unknown. */
  readonly address?: string;
}

/**
 * The variables that accompany the credential: its address and its cloud's settings; empty if requests go to the
 * provider. A credential that was exported together with an address is sent there under whatever name the configuration
 * gives it, because the secret of a gateway must not reach anybody else.
 */
export function addressOf(given: {
  readonly secret: SecretSource;
  readonly agents: Readonly<Record<string, { readonly env: Readonly<Record<string, string>> }>>;
  readonly env: Env;
}): Record<string, string> {
  const { secret, agents, env } = given;
  if (secret.kind !== 'env' && secret.kind !== 'config') return {};
  const { names, beside = [] } = secret;
  if (secret.kind === 'env') return { ...addressesBeside({ names, env }), ...pick(env, beside) };
  const configured = Object.entries(agents[secret.agent]?.env ?? {});
  const references = configured.flatMap(([name, value]) => (names.includes(name) ? (referenceIn(value) ?? []) : []));
  const own = configured.flatMap(([name, value]) => (beside.includes(name) ? [[name, referred({ value, env }) ?? '']] : []));
  return { ...addressesBeside({ names: references, env }), ...(Object.fromEntries(own) as Record<string, string>) };
}

/**
 * Where the requests of an account go, if not to its provider's own address; null if they go there as far as is known. An
 * address that the configuration sets for an agent that may use the account takes precedence.
 */
export function whereTo(given: { readonly account: Account } & Omit<Parameters<typeof addressOf>[0], 'secret'>): string | null {
  const { account, agents, env } = given;
  const name = addressName(account.provider);
  const users = Object.entries(agents).filter(([agent]) => account.agents?.includes(agent) !== false);
  const configured = users.flatMap(([, { env: own }]) => (name === null ? [] : [referred({ value: own[name] ?? '', env }) ?? '']));
  const beside = addressOf({ secret: account.secret, agents, env });
  return [...configured, account.address ?? '', name === null ? '' : (beside[name] ?? '')].find((one) => one !== '') ?? null;
}

export interface Cooldown {
  /** Null if it holds for all models. */
  readonly model: string | null;
  readonly until: Instant;
  /** When it was reported. Absent in records that are older than this field; the time in those is believed. */
  readonly since?: Instant;
  /** How many happened in a row; the length of the next back-off depends on it. */
  readonly streak: number;
  readonly why: ConditionReason;
  /** The id of the last of those attempts. */
  readonly attempt: string;
}

/** A usage window of a plan, as the agent last reported it. */
export interface Window {
  readonly name: string;
  /** From 0 to 1. */
  readonly used: number;
  readonly resetsAt: Instant | null;
}

/** What was observed of an account. */
export interface AccountState {
  /**
   * The account is not used until a person resumes it. Either a person paused it, or its credit was used up, which a
   * successful trial disproves.
   */
  readonly paused: { readonly at: Instant; readonly why: ConditionReason; readonly noCredit?: true } | null;
  /** A worker's sign-in was refused, and no success has followed since. */
  readonly failed: { readonly at: Instant; readonly why: ConditionReason } | null;
  /** The last trial. `ok` is null if the trial was inconclusive. */
  readonly proof: { readonly at: Instant; readonly ok: boolean | null; readonly why: ConditionReason } | null;
  readonly cooldowns: readonly Cooldown[];
  readonly windows: readonly Window[];
}

export const unseen: AccountState = { paused: null, failed: null, proof: null, cooldowns: [], windows: [] };

export const unusableCodes = ['paused', 'refused', 'unproved', 'cooling-down'] as const;

export interface Unusable {
  readonly code: (typeof unusableCodes)[number];
  readonly why: ConditionReason;
  /** When the account may become usable without anybody doing anything; null if it will not. */
  readonly until: Instant | null;
}

export type Use =
  | { readonly use: 'first' }
  | { readonly use: 'last'; readonly why: ConditionReason }
  | { readonly use: 'not'; readonly not: Unusable };

/** From this share on, a plan's window counts as nearly used up, and the account becomes the last choice. */
const nearlyUsed = 0.9;

export interface UseFacts {
  readonly account: Account;
  readonly state: AccountState;
  readonly model: string;
  readonly now: Instant;
  /** How long a successful trial counts as proof of the sign-in. */
  readonly proofLasts: Duration;
}

/** Whether a worker with this model may be started on the account now. */
export function useOf(facts: UseFacts): Use {
  const { account, state, model, now } = facts;
  const not = (code: Unusable['code'], why: ConditionReason, until: Instant | null): Use => ({ use: 'not', not: { code, why, until } });
  if (state.paused !== null) return not('paused', state.paused.why, null);
  const cooling = coolingUntil(state, { model, now });
  if (cooling !== null) return not('cooling-down', cooling.why, cooling.until);
  if (account.billing === 'subscription') {
    const unproved = unprovedOf(facts);
    if (unproved !== null) return { use: 'not', not: unproved };
  } else if (state.failed !== null) return not('refused', state.failed.why, null);
  const near = state.windows.find((window) => window.used >= nearlyUsed && (window.resetsAt === null || window.resetsAt > now));
  if (near === undefined) return { use: 'first' };
  return { use: 'last', why: { code: 'window-used', facts: { window: near.name, percent: Math.round(near.used * 100) } } };
}

/** A plan's sign-in counts as proved by a trial that succeeded recently and after the last refusal. */
function unprovedOf({ state, now, proofLasts }: UseFacts): Unusable | null {
  const { proof, failed } = state;
  if (proof === null) return { code: 'unproved', why: failed?.why ?? { code: 'not-tried', facts: {} }, until: null };
  const until = proof.at + proofLasts;
  // A clock that was set back must not make a proof last longer.
  if (now < proof.at || now >= until) return { code: 'unproved', why: { code: 'not-tried-lately', facts: {} }, until: null };
  if (proof.ok === true) return null;
  return { code: proof.ok === null ? 'unproved' : 'refused', why: proof.why, until };
}

export function stillCools({ until, since }: Cooldown, now: Instant): boolean {
  return stillWaits({ until, since: since ?? now, now });
}

function coolingUntil(state: AccountState, given: { model: string; now: Instant }): Cooldown | null {
  const live = state.cooldowns.filter((one) => (one.model === null || one.model === given.model) && stillCools(one, given.now));
  return live.reduce<Cooldown | null>((last, one) => (last === null || one.until > last.until ? one : last), null);
}
