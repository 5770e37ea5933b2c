// The decision agent + model + account + place, with its reasons; pure, over a snapshot of facts. Agents are known
// here only by what they declare. For now: the narrowest forced agent, else the first (in the order of `rank`) that
// serves the model's provider and has not just failed the task.
import type { Route } from './attempt.ts';

/** What an adapter declares about its agent. */
export interface AgentFacts {
  readonly name: string;
  /** Lower goes first. */
  readonly rank: number;
  /** Providers that it serves; `any` for all that its configuration knows. */
  readonly providers: 'any' | readonly string[];
  readonly resumes: boolean;
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
  /** Agents that this task is to be moved away from, each with the failure that says so. */
  readonly avoid: readonly { readonly agent: string; readonly failure: string }[];
  readonly place: string;
}

export const refusalCodes = ['unknown-agent', 'agent-not-installed', 'unknown-model', 'provider-not-served', 'no-agent'] as const;

export interface Refusal {
  readonly refused: (typeof refusalCodes)[number];
  readonly until: number | null;
  readonly reasons: readonly string[];
}

export function decideRoute(facts: RouteFacts): Route | Refusal {
  const reasons: string[] = [];
  const model = resolveModel(facts, reasons);
  if (model === null) return refuse('unknown-model', reasons);
  const provider = model.slice(0, model.indexOf('/'));
  const forced = facts.forced[0];
  const agent = forced === undefined ? chooseAgent({ facts, provider, reasons }) : forcedAgent({ facts, forced, provider, reasons });
  if (typeof agent === 'string') return refuse(agent, reasons);
  return { agent: agent.name, model, account: null, billing: null, place: facts.place, reasons };
}

/** A tier name or `provider/model` → `provider/model`; null when the word is neither. */
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

type Found = AgentFacts | Refusal['refused'];

function forcedAgent(given: { facts: RouteFacts; forced: { agent: string; by: string }; provider: string; reasons: string[] }): Found {
  const { facts, forced, provider, reasons } = given;
  const agent = facts.agents.find((known) => known.name === forced.agent);
  if (agent === undefined) {
    reasons.push(`agent "${forced.agent}" (${forced.by}) is not one of ${facts.agents.map((known) => known.name).join(', ')}`);
    return 'unknown-agent';
  }
  if (!agent.installed) {
    reasons.push(`agent ${agent.name} (${forced.by}) is not installed`);
    return 'agent-not-installed';
  }
  if (!serves(agent, provider)) {
    reasons.push(`agent ${agent.name} (${forced.by}) does not serve the provider ${provider}`);
    return 'provider-not-served';
  }
  const failed = facts.avoid.find((one) => one.agent === agent.name);
  if (failed !== undefined) {
    reasons.push(`agent ${agent.name} is forced by ${forced.by} and failed with ${failed.failure}`);
    return 'no-agent';
  }
  reasons.push(`agent ${agent.name}: forced by ${forced.by}`);
  return agent;
}

function chooseAgent(given: { facts: RouteFacts; provider: string; reasons: string[] }): Found {
  const { facts, provider, reasons } = given;
  const ranked = [...facts.agents].sort((a, b) => a.rank - b.rank);
  for (const agent of ranked) {
    const failed = facts.avoid.find((one) => one.agent === agent.name);
    if (!agent.installed) reasons.push(`not ${agent.name}: not installed`);
    else if (!serves(agent, provider)) reasons.push(`not ${agent.name}: it does not serve the provider ${provider}`);
    else if (failed !== undefined) reasons.push(`not ${agent.name}: it failed with ${failed.failure}`);
    else {
      reasons.push(`agent ${agent.name}: the first that serves the provider ${provider}`);
      return agent;
    }
  }
  return 'no-agent';
}

function serves(agent: AgentFacts, provider: string): boolean {
  return agent.providers === 'any' || agent.providers.includes(provider);
}

function refuse(refused: Refusal['refused'], reasons: readonly string[]): Refusal {
  return { refused, until: null, reasons };
}
