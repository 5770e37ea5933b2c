// The agents' own configurations, as setup, update, uninstall and parity look at them: what each installed agent has,
// shall have, and what is to be done for it.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { loadSettings } from '../config/load.ts';
import { repositorySources, userSources } from '../config/paths.ts';
import { readSource } from '../config/source.ts';
import { Fault } from '../core/fault.ts';
import type { Lost, Source } from '../core/own/piece.ts';
import type { Settings } from '../core/settings.ts';
import type { Agent } from '../ports/agent.ts';
import type { Deployer, Deployed, Plan } from '../ports/deployer.ts';
import type { Host } from '../ports/host.ts';
import { openAgents, openDeployer, openHost, refuseNone, repoAt, siteHere } from './compose.ts';
import type { CliContext } from './context.ts';
import { versionOf } from './look-at-agents.ts';

export interface Own {
  readonly agent: Agent;
  readonly path: string;
  readonly version: string | null;
  readonly root: string;
  readonly lost: readonly Lost[];
  readonly plan: Plan;
  /** Null: it was never set up. */
  readonly deployed: Deployed | null;
}

export interface Owns {
  readonly settings: Settings;
  readonly host: Host;
  readonly all: readonly Own[];
}

/**
 * Of every installed agent, or of the named ones. `project`: of the repository one stands in, and its `.yardmaster/`
 * alone. Faults: `config` (the source), `not-a-repository`, `no-agent`, `untrusted`.
 */
export async function ownsOf(
  context: CliContext,
  flags: { readonly project?: boolean; readonly agent?: readonly string[] },
): Promise<Owns> {
  const repo = await repoAt(context.cwd);
  const project = flags.project === true ? repo : null;
  if (flags.project === true && repo === null) await refuseNone({ dir: context.cwd, hint: 'leave --project out' });
  const { settings } = await loadSettings({ env: context.env, repo, flags: {} });
  const kept = project === null ? [] : settings.untrusted.keys.filter((key) => key.startsWith('servers.'));
  if (kept.length > 0)
    throw new Fault({
      code: 'untrusted',
      message: `.yardmaster/mcp.yaml lacks your trust: ${kept.join(', ')}`,
      hint: 'yardmaster trust shows it and asks',
    });
  const folders = project === null ? [starter(), userSources(context.env)] : [repositorySources(project)];
  const { source: read, faults } = await readSource(folders);
  const [first] = faults;
  if (first !== undefined) throw first;
  // What is a person's must not depend on the repository that they stand in.
  const { models } = project === null ? (await loadSettings({ env: context.env, repo: null, flags: {} })).settings : settings;
  const source = { ...read, tiers: models.tiers };
  const [agents, host, deployer] = await Promise.all([openAgents(), openHost(), openDeployer(context)]);
  const deployed = await deployer.deployed();
  const chosen = chosenAgents(agents, flags.agent ?? []);
  const all = await Promise.all(chosen.map((agent) => ownOf(context, { agent, settings, host, deployer, deployed, source, project })));
  return { settings, host, all: all.flatMap((own) => own ?? []) };
}

/** Null: not installed. */
async function ownOf(
  context: CliContext,
  given: {
    agent: Agent;
    settings: Settings;
    host: Host;
    deployer: Deployer;
    deployed: readonly Deployed[];
    source: Source;
    project: string | null;
  },
): Promise<Own | null> {
  const { agent, settings, host, source, project } = given;
  const { name } = agent.facts;
  const config = settings.agents[name];
  const site = await siteHere({ around: context, host });
  const path = config === undefined ? null : await site.find(config);
  if (path === null) return null;
  const [version, forms] = await Promise.all([
    versionOf({ site, settings, host, agent, path }),
    agent.own.forms({ source, env: { ...context.env, HOME: context.env['HOME'] ?? homedir() }, project }),
  ]);
  const plan = await given.deployer.plan({ agent: name, version, ...forms });
  const deployed = given.deployed.find(({ root }) => root === forms.root) ?? null;
  return { agent, path, version, root: forms.root, lost: forms.lost, plan, deployed };
}

function chosenAgents(agents: ReadonlyMap<string, Agent>, names: readonly string[]): readonly Agent[] {
  const unknown = names.find((name) => !agents.has(name));
  if (unknown !== undefined)
    throw new Fault({
      code: 'no-agent',
      message: `there is no agent "${unknown}"`,
      hint: `known are ${[...agents.keys()].join(', ')}`,
    });
  return [...agents.values()].filter(({ facts }) => names.length === 0 || names.includes(facts.name));
}

/** Beside the program, which may run from its source, from the bundle or from a piece of that. */
function starter(): string {
  const places = ['../../starter', '../../../starter', '../starter'].map((up) => fileURLToPath(new URL(up, import.meta.url)));
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new Fault({
    code: 'incomplete',
    message: 'this package is incomplete: its starter set is missing',
    hint: 'install yardmaster again',
  });
}

/** One that fails keeps no other from it. */
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
