// Decides agent + model + account + place, with reasons; pure, over a snapshot of facts. Agents and places are known here
// only by what they declare. The first rule that decides wins: 1 a forced agent · 2 the model · 3–5 who serves its provider
// with a usable account, subscriptions before keys · 6 a refusal, with a time if time will help. A subscription whose
// sign-in was not proved recently is tried before the decision.
import { providerOf } from './model-name.ts';
import type { Account, Use } from './account.ts';
import type { Route } from '../task/attempt.ts';
import type { Budgeted } from '../money/budget.ts';
import type { FailureKind } from '../task/failure.ts';
import { placeFor, unknownPlace, type PlaceChoice, type PlaceFacts } from './place.ts';
import type { RouteReason } from '../reason/route-reason.ts';
import type { Instant } from '../time.ts';

/** What an adapter declares about its agent. */
export interface AgentFacts {
  readonly name: string;
  /** Agents with a lower rank are preferred. */
  readonly rank: number;
  /** The providers that it serves; `any` for all that its configuration knows. */
  readonly providers: 'any' | readonly string[];
  /** Providers whose subscriptions may be used through it. Their terms forbid any other client. */
  readonly subscriptions: readonly string[];
  /** Whether it stops by itself after a given number of turns. Otherwise we end the worker. */
  readonly takesTurns: boolean;
  /** The peak resident memory of one worker in bytes, as a first assumption. */
  readonly memory: number;
}

export interface RouteFacts {
  /** Forced agents, and who forced them; the narrowest level first. */
  readonly forced: readonly { readonly agent: string; readonly by: string }[];
  /** The requested models, and who requested them; the strongest request first. Never empty. */
  readonly models: readonly { readonly model: string; readonly by: string }[];
  /** Tier names to `provider/model`. */
  readonly tiers: Readonly<Record<string, string>>;
  readonly agents: readonly (AgentFacts & {
    readonly installed: boolean;
    /** For an agent that is missing but was installed before: when to check for it again. Null if it is not waited for. */
    readonly awaited: Instant | null;
  })[];
  /** In the order of preference. `use`: whether a worker with the requested model could be started on the account. */
  readonly accounts: readonly (Account & { readonly use: (model: string) => Use })[];
  /** Subscriptions are used before keys; if false, only keys are used. */
  readonly preferSubscription: boolean;
  /**
   * Routes that this task must move away from, each with the failure that says so; a null `account` stands for every
   * account.
   */
  readonly avoid: readonly { readonly agent: string; readonly account: string | null; readonly failure: FailureKind }[];
  /** What the budgets allow for one more worker on the account. */
  readonly budget: (account: Account) => Budgeted;
  /** The `provider/model` that replaces a model when a budget is nearly used up; null if there is none. */
  readonly cheaper: string | null;
  /** The replacements for the model while it is overloaded, in this order: tiers or `provider/model`s. */
  readonly chain: readonly string[];
  /** Until when the task avoids a model that could not serve it recently; null if it may be tried. */
  readonly rests: (model: string) => Instant | null;
  /** Until when no more work is sent to a provider that fails task after task; null if work may be sent. */
  readonly held: (provider: string) => Instant | null;
  readonly places: PlaceChoice;
}

export const refusalCodes = [
  'untrusted',
  'unknown-agent',
  'unknown-role',
  'agent-not-installed',
  'unknown-model',
  'provider-not-served',
  'no-agent',
  'provider-down',
  'models-overloaded',
  'budget',
  'no-account',
  'no-place',
] as const;
export type Refused = (typeof refusalCodes)[number];

export interface Refusal {
  readonly refused: Refused;
  readonly until: Instant | null;
  /** The model, if it was already decided. */
  readonly model: string | null;
  readonly reasons: readonly RouteReason[];
}

/** `warning`: what a person may want to change about the choice; null if nothing. */
export interface Chosen extends Route {
  readonly warning: string | null;
}

/** This agent has to try the sign-in of this account before anything can be decided. */
export interface Trial {
  readonly tried: string;
  readonly agent: string;
  readonly model: string;
  readonly reasons: readonly RouteReason[];
}

type KnownAgent = RouteFacts['agents'][number];
type KnownAccount = RouteFacts['accounts'][number];

export function decideRoute(facts: RouteFacts): Chosen | Refusal | Trial {
  const reasons: RouteReason[] = [];
  const refuse = (refused: Refused): Refusal => ({ refused, until: null, model: null, reasons });
  const forced = forcedAgent(facts, reasons);
  if (typeof forced === 'string') return { ...refuse(forced), until: forcedAwaited(facts) };
  const place = unknownPlace(facts.places);
  if (place !== null) {
    reasons.push({ code: 'place-unknown', facts: { place, known: facts.places.known.map(({ name }) => name) } });
    return refuse('no-place');
  }
  const { model, reason } = resolveModel(facts, facts.models[0]);
  const chain = facts.chain.map((word) => resolveModel(facts, { model: word, by: 'models.chain' }));
  // A mistake in the chain is reported now; otherwise it would show only at the first overload.
  const unknown = chain.find((other) => other.model === null);
  reasons.push(unknown?.reason ?? reason);
  if (model === null || unknown !== undefined) return refuse('unknown-model');
  const decision = routeModel({ facts, forced, model, reasons });
  // Only overload justifies another model. Any other obstacle for the requested model is no reason to pay for a different
  // one.
  if (!isOverloaded(decision)) return decision;
  const untils = [decision.until];
  for (const { model: other } of chain) {
    if (other === null || other === model) continue;
    reasons.push({ code: 'model-next', facts: { model: other } });
    const next = routeModel({ facts, forced, model: other, reasons });
    if (!('refused' in next)) return next;
    untils.push(next.until);
  }
  return { ...decision, until: earliest(untils) };
}

function isOverloaded(decision: Chosen | Refusal | Trial): decision is Refusal {
  return 'refused' in decision && (decision.refused === 'provider-down' || decision.refused === 'models-overloaded');
}

function earliest(times: readonly (Instant | null)[]): Instant | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** Rules 3 to 6 for one model. */
function routeModel(given: {
  facts: RouteFacts;
  forced: KnownAgent | null;
  model: string;
  reasons: RouteReason[];
}): Chosen | Refusal | Trial {
  const { facts, forced, model, reasons } = given;
  const provider = providerOf(model);
  // An agent that comes back may have what all others lack.
  const awaited = forced === null ? facts.agents.flatMap((agent) => (serves(agent, provider) ? [agent.awaited] : [])) : [];
  const refuse = (refused: Refused, until: Instant | null = null): Refusal => ({
    refused,
    until: earliest([until, ...awaited]),
    model,
    reasons,
  });
  const agents = servingAgents({ facts, forced, provider, reasons });
  if (typeof agents === 'string') return refuse(agents);
  const held = facts.held(provider);
  if (held !== null) {
    reasons.push({ code: 'provider-failing', facts: { provider } });
    return refuse('provider-down', held);
  }
  const rests = facts.rests(model);
  if (rests !== null) {
    reasons.push({ code: 'model-rests', facts: { model } });
    return refuse('models-overloaded', rests);
  }

  const choice = choose({ facts, agents, provider, model, reasons });
  if ('until' in choice) return refuse(choice.refused, choice.until);
  const { agent, account } = choice;
  if (choice.trial) return { tried: account.name, agent: agent.name, model, reasons };
  const planned = forced === null && account.billing === 'token' ? awaitedWithPlan({ facts, provider, model }) : null;
  if (planned !== null) {
    reasons.push({ code: 'account-waits-for-plan', facts: { account: account.name, agent: planned } });
    return refuse('no-agent');
  }
  const warning = forced === null && account.billing === 'token' ? missed({ facts, agent, account, provider }) : null;
  return {
    agent: agent.name,
    model: choice.cheaper ?? model,
    account: account.name,
    billing: account.billing,
    place: choice.place.name,
    host: choice.place.host,
    reasons,
    warning,
  };
}

/**
 * Whether a missing agent with a subscription should be waited for: no money is spent because an agent that costs nothing
 * extra is missing for a moment.
 */
function awaitedWithPlan(given: { readonly facts: RouteFacts; readonly provider: string; readonly model: string }): string | null {
  const { facts, provider, model } = given;
  const plans = facts.accounts.filter(({ billing, use }) => billing === 'subscription' && use(model).use !== 'not');
  const mayWait = (agent: KnownAgent): boolean => agent.awaited !== null && serves(agent, provider);
  const agent = facts.agents.find((one) => mayWait(one) && plans.some((account) => mayUse({ agent: one, account, provider })));
  return facts.preferSubscription ? (agent?.name ?? null) : null;
}

/** A key is best used by the agent with the best rank. If that agent is not installed, the reasons say so. */
function missed(given: { facts: RouteFacts; agent: KnownAgent; account: KnownAccount; provider: string }): string | null {
  const { facts, agent, account, provider } = given;
  const better = facts.agents.find(
    (one) => one.rank < agent.rank && !one.installed && serves(one, provider) && mayUse({ agent: one, account, provider }),
  );
  return better === undefined ? null : `${agent.name} uses the key, because ${better.name} is not installed`;
}

function serves(agent: KnownAgent, provider: string): boolean {
  return agent.providers === 'any' || agent.providers.includes(provider);
}

function forcedAwaited({ forced, agents }: RouteFacts): Instant | null {
  return agents.find(({ name }) => name === forced[0]?.agent)?.awaited ?? null;
}

/** Rule 1. Null if no agent is forced. */
function forcedAgent(facts: RouteFacts, reasons: RouteReason[]): KnownAgent | Refused | null {
  const forced = facts.forced[0];
  if (forced === undefined) return null;
  const agent = facts.agents.find((known) => known.name === forced.agent);
  if (agent === undefined) {
    reasons.push({ code: 'agent-unknown', facts: { ...forced, known: facts.agents.map((known) => known.name) } });
    return 'unknown-agent';
  }
  if (!agent.installed) {
    reasons.push({ code: 'agent-not-there', facts: { ...forced, awaited: agent.awaited !== null } });
    return 'agent-not-installed';
  }
  reasons.push({ code: 'agent-forced', facts: forced });
  return agent;
}

/** Rule 2. Resolves a tier name or `provider/model` to `provider/model`; null if the word is neither. */
function resolveModel(
  { tiers }: RouteFacts,
  wanted: RouteFacts['models'][number] | undefined,
): { model: string | null; reason: RouteReason } {
  if (wanted === undefined) return { model: null, reason: { code: 'model-not-named', facts: {} } };
  const { model: word, by } = wanted;
  // Only own properties count: in `model:constructor`, the value is a word like any other.
  const tier = Object.hasOwn(tiers, word) ? tiers[word] : undefined;
  const model = word.includes('/') ? word : tier;
  if (model === undefined) return { model: null, reason: { code: 'model-unknown', facts: { word, by, tiers: Object.keys(tiers) } } };
  return { model, reason: { code: 'model-chosen', facts: { model, by, tier: model === word ? null : word } } };
}

/** The installed agents that serve the provider, by rank; or only the forced one. */
function servingAgents(given: {
  facts: RouteFacts;
  forced: KnownAgent | null;
  provider: string;
  reasons: RouteReason[];
}): readonly KnownAgent[] | Refused {
  const { facts, forced, provider, reasons } = given;
  if (forced !== null) {
    if (serves(forced, provider)) return [forced];
    reasons.push({ code: 'agent-serves-others', facts: { agent: forced.name, forced: true, provider } });
    return 'provider-not-served';
  }
  const serving = facts.agents
    .toSorted((a, b) => a.rank - b.rank)
    .filter((agent) => {
      const { name } = agent;
      if (!agent.installed) reasons.push({ code: 'agent-not-there', facts: { agent: name, by: null, awaited: agent.awaited !== null } });
      else if (!serves(agent, provider)) reasons.push({ code: 'agent-serves-others', facts: { agent: name, forced: false, provider } });
      return agent.installed && serves(agent, provider);
    });
  return serving.length === 0 ? 'no-agent' : serving;
}

interface Pair {
  readonly agent: KnownAgent;
  readonly account: KnownAccount;
  readonly place: PlaceFacts;
  /** Whether a trial has to show first that the account can be used. */
  readonly trial: boolean;
  /** The model that replaces the requested one, because a budget is nearly used up. */
  readonly cheaper: string | null;
}

function namesOf({ agent, account }: Pick<Pair, 'agent' | 'account'>): { readonly account: string; readonly agent: string } {
  return { account: account.name, agent: agent.name };
}

/**
 * Rules 3 to 6: subscriptions first if they are preferred, then keys, each by the agents' rank; accounts that are nearly
 * used up come last.
 */
function choose(given: {
  facts: RouteFacts;
  agents: readonly KnownAgent[];
  provider: string;
  model: string;
  reasons: RouteReason[];
}): Pair | { readonly refused: 'budget' | 'no-account' | 'no-place'; readonly until: Instant | null } {
  const { facts, agents, provider, model, reasons } = given;
  const allowed = agents.flatMap((agent) =>
    facts.accounts.filter((account) => mayUse({ agent, account, provider })).map((account) => ({ agent, account })),
  );
  const pairs = placed({ facts, allowed, reasons });
  if (allowed.length > 0 && pairs.length === 0) return { refused: 'no-place', until: null };
  if (allowed.length === 0) reasons.push({ code: 'account-missing', facts: { provider, agents: agents.map(({ name }) => name) } });
  const plans = pairs.filter(({ account }) => account.billing === 'subscription');
  if (!facts.preferSubscription)
    for (const { agent, account } of plans) reasons.push({ code: 'plans-not-wanted', facts: namesOf({ agent, account }) });
  const ordered = [...(facts.preferSubscription ? plans : []), ...pairs.filter(({ account }) => account.billing === 'token')];

  const untils: Instant[] = [];
  let stopped = false;
  let last: Pair | null = null;
  for (const pair of ordered) {
    const { agent, account } = pair;
    const names = namesOf(pair);
    const avoided = facts.avoid.find((one) => one.agent === agent.name && (one.account === null || one.account === account.name));
    const use = account.use(model);
    const budget = facts.budget(account);
    if (avoided !== undefined) reasons.push({ code: 'account-failed', facts: { ...names, failure: avoided.failure } });
    else if (use.use === 'not' && use.not.code === 'unproved' && use.not.until === null) {
      reasons.push({ code: 'account-tried-first', facts: { ...names, why: use.not.why } });
      return { ...pair, trial: true };
    } else if (budget.level === 'stop') {
      reasons.push({ code: 'account-over-budget', facts: { ...names, budget: budget.use } });
      stopped = true;
      if (budget.until !== null) untils.push(budget.until);
    } else if (use.use === 'not') {
      reasons.push({ code: 'account-unusable', facts: { ...names, why: use.not.why } });
      if (use.not.until !== null) untils.push(use.not.until);
    } else if (use.use === 'last') {
      reasons.push({ code: 'account-last-choice', facts: { ...names, why: use.why } });
      last ??= pair;
    } else return decided({ facts, pair, provider, reasons });
  }
  if (last !== null) return decided({ facts, pair: last, provider, reasons });
  return { refused: stopped ? 'budget' : 'no-account', until: earliest(untils) };
}

/**
 * The candidates with the place in which each would run. Candidates that no place in use accepts are dropped before
 * anything is tried or paid for.
 */
function placed(given: {
  readonly facts: RouteFacts;
  readonly allowed: readonly Pick<Pair, 'agent' | 'account'>[];
  readonly reasons: RouteReason[];
}): readonly Pair[] {
  const { facts, allowed, reasons } = given;
  return allowed.flatMap(({ agent, account }): Pair[] => {
    const place = placeFor({ places: facts.places, agent: agent.name, account: account.name });
    if (place !== null) return [{ agent, account, place, trial: false, cheaper: null }];
    reasons.push({ code: 'place-missing', facts: { ...namesOf({ agent, account }), use: facts.places.use } });
    return [];
  });
}

/** Whether this agent may use that account for the provider at all. */
export function mayUse(given: { readonly agent: AgentFacts; readonly account: Account; readonly provider: string }): boolean {
  const { agent, account, provider } = given;
  if (account.provider !== provider || account.agents?.includes(agent.name) === false) return false;
  const signedInItself = account.secret.kind === 'agent' && account.secret.agent === agent.name;
  return account.billing === 'token' || signedInItself || agent.subscriptions.includes(provider);
}

function decided(given: { facts: RouteFacts; pair: Pair; provider: string; reasons: RouteReason[] }): Pair {
  const { facts, pair, provider, reasons } = given;
  const { agent, account } = pair;
  reasons.push({ code: 'account-chosen', facts: { ...namesOf(pair), billing: account.billing } });
  const { full, use } = facts.places;
  const hasRoom = !full({ agent: agent.name, place: pair.place });
  if (use.length > 1) reasons.push({ code: 'place-chosen', facts: { place: pair.place.name, hasRoom } });
  const budget = facts.budget(account);
  const { cheaper } = facts;
  if (budget.level !== 'degrade' || cheaper === null || providerOf(cheaper) !== provider || account.use(cheaper).use === 'not') return pair;
  reasons.push({ code: 'model-cheaper', facts: { model: cheaper, budget: budget.use } });
  return { ...pair, cheaper };
}
