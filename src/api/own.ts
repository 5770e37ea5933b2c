// The agents' own configurations: what each installed agent has, what it should have, and the steps in between.
import { Fault } from '../core/fault.ts';
import type { Lost, Source } from '../core/own/piece.ts';
import type { Settings } from '../core/settings.ts';
import type { Agent } from '../ports/agent.ts';
import type { Deployer, Deployed, Plan } from '../ports/deployer.ts';
import type { Host } from '../ports/host.ts';
import type { OwnConfiguration } from '../ports/own-configuration.ts';
import type { PlaceSite } from '../ports/place-site.ts';
import { versionOf } from './agents.ts';

/** An agent that has a configuration of its own. */
type OwnAgent = Agent & { readonly own: OwnConfiguration };

export interface Own {
  readonly agent: OwnAgent;
  readonly path: string;
  readonly version: string | null;
  readonly root: string;
  readonly lost: readonly Lost[];
  readonly plan: Plan;
  /** Null if it was never set up. */
  readonly deployed: Deployed | null;
}

export interface OwnFacts {
  readonly agents: ReadonlyMap<string, Agent>;
  readonly host: Host;
  /** The site where the agents' programs are searched for. */
  readonly site: PlaceSite;
  readonly deployer: Deployer;
  /** The person's environment, including HOME. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly settings: Settings;
  readonly source: Source;
  /** The repository whose configuration it is; null for the person's own configuration. */
  readonly project: string | null;
}

/**
 * Returns one for every installed agent that has such a configuration, or only for the given ones. Faults: `no-agent`,
 * `unsupported`.
 */
export async function ownsOf(facts: OwnFacts, names: readonly string[]): Promise<readonly Own[]> {
  const deployed = await facts.deployer.deployed();
  const all = await Promise.all(chosenAgents(facts.agents, names).map((agent) => ownOf(facts, { agent, deployed })));
  return all.flatMap((own) => own ?? []);
}

/** Null if it is not installed. */
async function ownOf(facts: OwnFacts, given: { agent: OwnAgent; deployed: readonly Deployed[] }): Promise<Own | null> {
  const { site, settings, host, source, project, env } = facts;
  const { agent } = given;
  const { name } = agent.facts;
  const config = settings.agents[name];
  const path = config === undefined ? null : await site.find(config);
  if (path === null) return null;
  const [version, forms] = await Promise.all([versionOf({ site, settings, host, agent, path }), agent.own.forms({ source, env, project })]);
  const plan = await facts.deployer.plan({ agent: name, version, ...forms });
  const deployed = given.deployed.find(({ root }) => root === forms.root) ?? null;
  return { agent, path, version, root: forms.root, lost: forms.lost, plan, deployed };
}

function chosenAgents(agents: ReadonlyMap<string, Agent>, names: readonly string[]): readonly OwnAgent[] {
  const unknown = names.find((name) => !agents.has(name));
  if (unknown !== undefined)
    throw new Fault({
      code: 'no-agent',
      message: `there is no agent "${unknown}"`,
      hint: `the agents are ${[...agents.keys()].join(', ')}`,
    });
  const chosen = [...agents.values()].filter(({ facts }) => names.length === 0 || names.includes(facts.name));
  const unable = chosen.find((agent) => !hasOwn(agent));
  if (names.length > 0 && unable !== undefined)
    throw new Fault({
      code: 'unsupported',
      message: `${unable.facts.name} has no configuration of its own that yardmaster could write`,
      hint: 'leave it out of --agent',
    });
  return chosen.filter(hasOwn);
}

function hasOwn(agent: Agent): agent is OwnAgent {
  return agent.own !== null;
}

/** A plan that fails does not prevent the others. */
export async function carryOutAll(plans: readonly Plan[]): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  for (const plan of plans) {
    try {
      await plan.carryOut();
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      faults.push(fault);
    }
  }
  return faults;
}
