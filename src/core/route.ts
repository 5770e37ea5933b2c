// The decision agent + model + account + place, with its reasons; pure, over a snapshot of facts. Agents are known
// here only by what they declare. In this order, the first that decides, decides:
// 1 a forced agent · 2 the model · 3–5 who serves its provider with an account that can be used, plans before keys ·
// 6 a refusal, with a time where time will help. A plan whose sign-in is not proved lately is tried before it is decided.
import type { Account, Use } from './account.ts';
import type { Route } from './attempt.ts';
import type { Budgeted } from './budget.ts';
import type { Instant } from './time.ts';

/** What an adapter declares about its agent. */
export interface AgentFacts {
  readonly name: string;
  /** Lower goes first. */
  readonly rank: number;
  /** Providers that it serves; `any` for all that its configuration knows. */
  readonly providers: 'any' | readonly string[];
  /** Providers whose plans may be used through it: their terms forbid any other client. */
  readonly subscriptions: readonly string[];
  readonly resumes: boolean;
  /** A new session has the id that we choose; of the others the transcript tells it. */
  readonly takesSession: boolean;
  /** It stops by itself at a given budget; of the others we stop the worker. */
  readonly takesBudget: boolean;
  readonly takesTurns: boolean;
  /** Peak resident memory of one worker as first assumed, bytes. */
  readonly memory: number;
}

export interface RouteFacts {
  /** Forced agents with who forced them, the narrowest first. */
  readonly forced: readonly { readonly agent: string; readonly by: string }[];
  /** Wanted models with who wanted them, the strongest first; never empty. */
  readonly models: readonly { readonly model: string; readonly by: string }[];
  /** Tier names to `provider/model`. */
  readonly tiers: Readonly<Record<string, string>>;
  readonly agents: readonly (AgentFacts & { readonly installed: boolean })[];
  /** In the order of preference. `use`: whether a worker with the model that is asked for could be started on it. */
  readonly accounts: readonly (Account & { readonly use: (model: string) => Use })[];
  /** Plans go before keys; otherwise only keys are used. */
  readonly preferSubscription: boolean;
  /** What this task is to be moved away from, each with the failure that says so; `account` null: whichever. */
  readonly avoid: readonly { readonly agent: string; readonly account: string | null; readonly failure: string }[];
  /** What the budgets say of one more worker on the account. */
  readonly budget: (account: Account) => Budgeted;
  /** The `provider/model` that takes a model's place when a budget is nearly used up; null: none. */
  readonly cheaper: string | null;
  /** Until when no more work is sent to a provider that fails task after task; null: it is not held. */
  readonly held: (provider: string) => Instant | null;
  readonly place: string;
}

export const refusalCodes = [
  'unknown-agent',
  'agent-not-installed',
  'unknown-model',
  'provider-not-served',
  'no-agent',
  'provider-down',
  'budget',
  'no-account',
] as const;

export interface Refusal {
  readonly refused: (typeof refusalCodes)[number];
  readonly until: Instant | null;
  /** As far as it was known by then. */
  readonly model: string | null;
  readonly reasons: readonly string[];
}

/** Before anything can be decided, the sign-in of this account has to be tried by this agent. */
export interface Trial {
  readonly tried: string;
  readonly agent: string;
  readonly model: string;
  readonly reasons: readonly string[];
}

type KnownAgent = RouteFacts['agents'][number];
type KnownAccount = RouteFacts['accounts'][number];

export function decideRoute(facts: RouteFacts): Route | Refusal | Trial {
  const reasons: string[] = [];
  let model: string | null = null;
  const refuse = (refused: Refusal['refused'], until: Instant | null = null): Refusal => ({ refused, until, model, reasons });
  const forced = forcedAgent(facts, reasons);
  if (typeof forced === 'string') return refuse(forced);
  model = resolveModel(facts, reasons);
  if (model === null) return refuse('unknown-model');
  const provider = model.slice(0, model.indexOf('/'));
  const agents = servingAgents({ facts, forced, provider, reasons });
  if (typeof agents === 'string') return refuse(agents);
  const held = facts.held(provider);
  if (held !== null) {
    reasons.push(`the provider ${provider} has failed several tasks within minutes`);
    return refuse('provider-down', held);
  }

  const choice = choose({ facts, agents, provider, model, reasons });
  if ('until' in choice) return refuse(choice.refused, choice.until);
  const { agent, account } = choice;
  if (choice.trial) return { tried: account.name, agent: agent.name, model, reasons };
  if (choice.cheaper !== null) model = choice.cheaper;
  return { agent: agent.name, model, account: account.name, billing: account.billing, place: facts.place, reasons };
}

/** Rule 1. Null: none is forced. */
function forcedAgent(facts: RouteFacts, reasons: string[]): KnownAgent | Refusal['refused'] | null {
  const forced = facts.forced[0];
  if (forced === undefined) return null;
  const agent = facts.agents.find((known) => known.name === forced.agent);
  if (agent === undefined) {
    reasons.push(`agent "${forced.agent}" (${forced.by}) is not one of ${facts.agents.map((known) => known.name).join(', ')}`);
    return 'unknown-agent';
  }
  if (!agent.installed) {
    reasons.push(`agent ${agent.name} (${forced.by}) is not installed`);
    return 'agent-not-installed';
  }
  reasons.push(`agent ${agent.name}: forced by ${forced.by}`);
  return agent;
}

/** Rule 2. A tier name or `provider/model` → `provider/model`; null when the word is neither. */
function resolveModel(facts: RouteFacts, reasons: string[]): string | null {
  const wanted = facts.models[0];
  if (wanted === undefined) {
    reasons.push('no model was asked for');
    return null;
  }
  // Own names only: `model:constructor` is a word like any other.
  const tier = Object.hasOwn(facts.tiers, wanted.model) ? facts.tiers[wanted.model] : undefined;
  const model = wanted.model.includes('/') ? wanted.model : tier;
  if (model === undefined) {
    reasons.push(`"${wanted.model}" (${wanted.by}) is neither provider/model nor one of the tiers ${Object.keys(facts.tiers).join(', ')}`);
    return null;
  }
  reasons.push(model === wanted.model ? `model ${model}: ${wanted.by}` : `model ${model}: tier ${wanted.model}, ${wanted.by}`);
  return model;
}

/** By rank, those that are installed and serve the provider; a forced one alone. */
function servingAgents(given: {
  facts: RouteFacts;
  forced: KnownAgent | null;
  provider: string;
  reasons: string[];
}): readonly KnownAgent[] | Refusal['refused'] {
  const { facts, forced, provider, reasons } = given;
  const serves = (agent: KnownAgent): boolean => agent.providers === 'any' || agent.providers.includes(provider);
  if (forced !== null) {
    if (serves(forced)) return [forced];
    reasons.push(`agent ${forced.name} does not serve the provider ${provider}`);
    return 'provider-not-served';
  }
  const serving = facts.agents
    .toSorted((a, b) => a.rank - b.rank)
    .filter((agent) => {
      if (!agent.installed) reasons.push(`not ${agent.name}: not installed`);
      else if (!serves(agent)) reasons.push(`not ${agent.name}: it does not serve the provider ${provider}`);
      return agent.installed && serves(agent);
    });
  return serving.length === 0 ? 'no-agent' : serving;
}

interface Pair {
  readonly agent: KnownAgent;
  readonly account: KnownAccount;
  /** Whether it can be used is not known yet. */
  readonly trial: boolean;
  /** In the place of what was asked for, because a budget is nearly used up. */
  readonly cheaper: string | null;
}

/** Rules 3 to 6: plans first where they are preferred, then keys, each by rank of the agents; what is nearly used up comes last. */
function choose(given: {
  facts: RouteFacts;
  agents: readonly KnownAgent[];
  provider: string;
  model: string;
  reasons: string[];
}): Pair | { readonly refused: 'budget' | 'no-account'; readonly until: Instant | null } {
  const { facts, agents, provider, model, reasons } = given;
  const pairs = agents.flatMap((agent) =>
    facts.accounts
      .filter((account) => mayUse({ agent, account, provider }))
      .map((account) => ({ agent, account, trial: false, cheaper: null })),
  );
  if (pairs.length === 0)
    reasons.push(`there is no account for the provider ${provider} that ${agents.map(({ name }) => name).join(' or ')} may use`);
  const plans = pairs.filter(({ account }) => account.billing === 'subscription');
  if (!facts.preferSubscription)
    for (const { agent, account } of plans)
      reasons.push(`not ${account.name} by ${agent.name}: plans are not wanted (SUPERVISOR_PREFER_OAUTH)`);
  const ordered = [...(facts.preferSubscription ? plans : []), ...pairs.filter(({ account }) => account.billing === 'token')];

  const untils: Instant[] = [];
  let stopped = false;
  let last: Pair | null = null;
  for (const pair of ordered) {
    const { agent, account } = pair;
    const name = `${account.name} by ${agent.name}`;
    const avoided = facts.avoid.find((one) => one.agent === agent.name && (one.account === null || one.account === account.name));
    const use = account.use(model);
    const budget = facts.budget(account);
    if (avoided !== undefined) reasons.push(`not ${name}: it failed with ${avoided.failure}`);
    else if (use.use === 'not' && use.not.code === 'unproved' && use.not.until === null) {
      reasons.push(`${name} is tried first: ${use.not.why}`);
      return { ...pair, trial: true };
    } else if (budget.level === 'stop') {
      reasons.push(`not ${name}: ${budget.message}`);
      stopped = true;
      if (budget.until !== null) untils.push(budget.until);
    } else if (use.use === 'not') {
      reasons.push(`not ${name}: ${use.not.why}`);
      if (use.not.until !== null) untils.push(use.not.until);
    } else if (use.use === 'last') {
      reasons.push(`${name} only as the last choice: ${use.why}`);
      last ??= pair;
    } else return decided({ facts, pair, provider, reasons });
  }
  if (last !== null) return decided({ facts, pair: last, provider, reasons });
  return { refused: stopped ? 'budget' : 'no-account', until: untils.length === 0 ? null : Math.min(...untils) };
}

/** May this agent use that account for the provider at all? */
export function mayUse(given: { readonly agent: AgentFacts; readonly account: Account; readonly provider: string }): boolean {
  const { agent, account, provider } = given;
  if (account.provider !== provider || account.agents?.includes(agent.name) === false) return false;
  const signedInItself = account.secret.kind === 'agent' && account.secret.agent === agent.name;
  return account.billing === 'token' || signedInItself || agent.subscriptions.includes(provider);
}

function decided(given: { facts: RouteFacts; pair: Pair; provider: string; reasons: string[] }): Pair {
  const { facts, pair, provider, reasons } = given;
  const { agent, account } = pair;
  reasons.push(`agent ${agent.name} on ${account.name}, ${account.billing === 'subscription' ? 'a plan' : 'paid by the token'}`);
  const { level, message } = facts.budget(account);
  const { cheaper } = facts;
  if (level !== 'degrade' || cheaper === null || !cheaper.startsWith(`${provider}/`) || account.use(cheaper).use === 'not') return pair;
  reasons.push(`model ${cheaper}: ${message}`);
  return { ...pair, cheaper };
}
