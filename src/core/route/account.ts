// An account: a credential and how it is billed; and whether it can be used now, by what was seen of it. Pure: what is
// stored of an account comes in, time comes in, and expiry is looked at when choosing, so that nothing can stay stuck.
import { addressesBeside, addressName, pick, referenceIn, referred, type Env } from '../security/environment.ts';
import type { ConditionReason } from '../reason/condition-reason.ts';
import { stillWaits } from '../task/retry.ts';
import type { Duration, Instant } from '../time.ts';

/** How the work is paid: a flat plan with limits of use, or by the token. */
export type Billing = 'subscription' | 'token';

/** Where a credential is. Its value stands in no configuration, database, log or transcript of ours. */
export type SecretSource =
  /** `beside`: variables that go with it and hold no secret. What needs none but them has no names. */
  | { readonly kind: 'env'; readonly names: readonly string[]; readonly beside?: readonly string[] }
  /** Variables that the configuration gives to every worker of one agent. */
  | { readonly kind: 'config'; readonly agent: string; readonly names: readonly string[]; readonly beside?: readonly string[] }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'command'; readonly command: string }
  /** The agent finds it by itself: its own sign-in or configuration, the role of a machine. */
  | { readonly kind: 'agent'; readonly agent: string };

export interface Account {
  readonly name: string;
  readonly provider: string;
  readonly billing: Billing;
  readonly secret: SecretSource;
  /** Who may use it; null: every agent that can. */
  readonly agents: readonly string[] | null;
  /** Several processes refresh the same single-use tokens in one store: they can sign each other out. */
  readonly shared: boolean;
  /** Where its requests go, where that is not its provider's own address; absent: nobody said so. */
  readonly address?: string;
}

/**
 * The variables that go with the credential: where it is to be sent, and what its cloud is; empty: to its provider. One that was exported together with an
 * address goes there, whatever name the configuration gives it, because a gateway's secret is for nobody else.
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
 * Of an account: where its requests go, where that is not its provider's own address; null: there, as far as is known. An
 * address that the configuration gives to an agent that may use it has the last word.
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
  /** Null: for all models. */
  readonly model: string | null;
  readonly until: Instant;
  /** When it was told; absent in records from before that was kept, whose time is believed. */
  readonly since?: Instant;
  /** How many in a row; the next back-off is by it. */
  readonly streak: number;
  readonly why: ConditionReason;
  /** The last of those attempts. */
  readonly attempt: string;
}

/** A window of a plan's use, as the agent last told it. */
export interface Window {
  readonly name: string;
  /** From 0 to 1. */
  readonly used: number;
  readonly resetsAt: Instant | null;
}

/** What was seen of an account. */
export interface AccountState {
  /** Out until a person resumes it: by a person, or because its credit is used up, which a trial that succeeds disproves. */
  readonly paused: { readonly at: Instant; readonly why: ConditionReason; readonly noCredit?: true } | null;
  /** A worker's sign-in was refused, and nothing has proved it since. */
  readonly failed: { readonly at: Instant; readonly why: ConditionReason } | null;
  /** The last trial. `ok` null: it could not be told. */
  readonly proof: { readonly at: Instant; readonly ok: boolean | null; readonly why: ConditionReason } | null;
  readonly cooldowns: readonly Cooldown[];
  readonly windows: readonly Window[];
}

export const unseen: AccountState = { paused: null, failed: null, proof: null, cooldowns: [], windows: [] };

export const unusableCodes = ['paused', 'refused', 'unproved', 'cooling-down'] as const;

export interface Unusable {
  readonly code: (typeof unusableCodes)[number];
  readonly why: ConditionReason;
  /** When time alone may make it usable; null: it does not. */
  readonly until: Instant | null;
}

export type Use =
  | { readonly use: 'first' }
  | { readonly use: 'last'; readonly why: ConditionReason }
  | { readonly use: 'not'; readonly not: Unusable };

/** From here on a plan's window is nearly used up: such an account is the last choice. */
const nearlyUsed = 0.9;

export interface UseFacts {
  readonly account: Account;
  readonly state: AccountState;
  readonly model: string;
  readonly now: Instant;
  /** So long a trial proves a sign-in. */
  readonly proofLasts: Duration;
}

/** May a worker with this model be started on it now? */
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

/** A plan's sign-in counts when a trial succeeded, not long ago and after the last refusal. */
function unprovedOf({ state, now, proofLasts }: UseFacts): Unusable | null {
  const { proof, failed } = state;
  if (proof === null) return { code: 'unproved', why: failed?.why ?? { code: 'not-tried', facts: {} }, until: null };
  const until = proof.at + proofLasts;
  // A clock that was set back must not make a proof last.
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
