// Decides the route of a task: gathers the facts that core decides on, including the task's earlier failures.
import type { Attempt } from '../../core/task/attempt.ts';
import { movesAway, resting } from '../../core/task/decide.ts';
import { Fault } from '../../core/fault.ts';
import { hasAgent, takes, type PlaceChoice, type PlaceFacts } from '../../core/route/place.ts';
import type { Role } from '../../core/own/role.ts';
import { decideRoute, type Chosen, type Refusal, type RouteFacts, type Trial } from '../../core/route/route.ts';
import { awaitedUntil } from '../../core/route/program.ts';
import type { AgentConfig, Settings } from '../../core/settings.ts';
import { isCounted, type Task } from '../../core/task/task.ts';
import { entryOf, modelOf } from '../../core/route/tier.ts';
import { second } from '../../core/time.ts';
import { untrustedRefusal } from '../../core/security/trust.ts';
import type { Place } from '../../ports/place.ts';
import { accountFacts, type Seen } from './known-accounts.ts';
import { roleOf } from '../prepare/roles.ts';
import type { Ports } from '../world.ts';

/** The route of a task as it would be decided now. */
export async function routeTask(
  ports: RoutePorts,
  given: { readonly task: Task; readonly seen: Seen; readonly full: PlaceChoice['full'] },
): Promise<Chosen | Refusal | Trial> {
  const { task, seen, full } = given;
  const history = task.attempts === 0 ? [] : await ports.store.attempts(task.key);
  const settings = await ports.settings(task.repo);
  const untrusted = untrustedRefusal({ ...settings, repo: task.repo });
  if (untrusted !== null) return untrusted;
  const role = await roleOf(ports, { task, settings });
  if (role !== null && 'problem' in role)
    return { refused: 'unknown-role', until: null, model: null, reasons: [{ code: 'role-unusable', facts: { problem: role.problem } }] };
  const shared = new Set((await ports.vault.accounts(settings)).flatMap((account) => (account.shared ? [account.name] : [])));
  const attempts = history.filter((attempt) => isCounted({ task, attempt }));
  const facts = await routeFacts(ports, { ...task, role, avoid: avoided({ attempts, shared }), seen, full, task });
  const now = ports.clock.now();
  const until =
    facts.chain.length === 0 ? new Map<string, number>() : resting({ attempts, backoff: settings.worker.backoffSeconds * second, now });
  const route = decideRoute({ ...facts, rests: (model) => until.get(model) ?? null });
  // A place that does not answer may have what the others lack.
  if ('refused' in route && facts.silent !== null) throw facts.silent;
  return route;
}

/** The agents and accounts that failed for this task in a way that another try with them cannot help. */
function avoided(given: { readonly attempts: readonly Attempt[]; readonly shared: ReadonlySet<string> }): RouteFacts['avoid'] {
  const failed = given.attempts.flatMap(({ verdict, route: { agent, account } }) => {
    const failure = verdict?.kind ?? null;
    return failure !== null && movesAway(failure) ? [{ agent, account, failure }] : [];
  });
  // If several processes refresh the same credential store, another one may just have replaced the token. A trial shows
  // whether the account works, so it is given up only after a second failure.
  const again = (one: (typeof failed)[number]): boolean => failed.filter((other) => other.account === one.account).length > 1;
  return failed.filter((one) => one.account === null || one.failure !== 'auth' || !given.shared.has(one.account) || again(one));
}

type RoutePorts = Pick<Ports, 'store' | 'agents' | 'settings' | 'vault' | 'clock' | 'places' | 'env'>;

export async function routeFacts(
  ports: RoutePorts,
  wanted: Pick<Task, 'repo' | 'agent' | 'model' | 'tags'> & {
    readonly role: Role | null;
    readonly avoid: RouteFacts['avoid'];
    readonly seen: Seen;
    readonly full: PlaceChoice['full'];
    /** Null: there is no task yet, so no budgets of its own count. */
    readonly task: Task | null;
  },
): Promise<RouteFacts & { readonly silent: Fault | null }> {
  const settings = await ports.settings(wanted.repo);
  const { forced, models } = settings;
  const wishes = modelWishes({ settings, role: wanted.role, model: wanted.model, tags: wanted.tags });
  const { known, silent } = await equipped(ports, settings);
  const places = { use: settings.places.use, known, full: wanted.full };
  const awaited = (agent: string): number | null => {
    const program = settings.agents[agent];
    const state = program === undefined ? undefined : wanted.seen.programs.get(programName(agent, program));
    return awaitedUntil(state ?? null, ports.clock.now());
  };
  return {
    forced: [
      ...(wanted.agent === null ? [] : [{ agent: wanted.agent, by: 'agent: of the task' }]),
      ...(forced.agent === null ? [] : [{ agent: forced.agent.name, by: forced.agent.by }]),
    ],
    models: wishes,
    ...inPlaceOf({ wanted: wishes[0]?.model ?? models.default, models }),
    rests: () => null,
    tiers: models.tiers,
    agents: [...ports.agents.values()].map(({ facts }) => {
      const installed = hasAgent(places, facts.name);
      return { ...facts, installed, awaited: installed ? null : awaited(facts.name) };
    }),
    ...(await accountFacts(ports, { settings, seen: wanted.seen, task: wanted.task })),
    avoid: wanted.avoid,
    places,
    silent,
  };
}

/**
 * The places, each one in use with those of its agents whose programs are found there; a place that does not answer has
 * none. `silent` is the fault of a place that did not answer; null: all places in use answered.
 */
export async function equipped(
  ports: RoutePorts,
  settings: Settings,
): Promise<{ readonly known: readonly PlaceFacts[]; readonly silent: Fault | null }> {
  let silent: Fault | null = null;
  const found = async (place: Place): Promise<readonly string[]> => {
    const programs = Object.entries(settings.agents).filter(([name]) => takes(place.facts.agents, name));
    const paths = await Promise.all(programs.map(([, program]) => place.find({ program, env: ports.env })));
    return programs.flatMap(([name], at) => (paths[at] === null ? [] : [name]));
  };
  const none = (error: unknown): readonly string[] => {
    if (!(error instanceof Fault) || error.code !== 'place-unreachable') throw error;
    silent = error;
    return [];
  };
  const known = await Promise.all(
    [...ports.places.values()].map(async (place) =>
      settings.places.use.includes(place.facts.name) ? { ...place.facts, agents: await found(place).catch(none) } : place.facts,
    ),
  );
  return { known, silent };
}

/** The key under which facts about an agent's program are stored: repositories may configure different programs. */
export function programName(agent: string, { path }: AgentConfig): string {
  return `${agent} ${path}`;
}

/** The models that are asked for and by whom, the strongest wish first. */
export function modelWishes(
  given: { readonly settings: Settings; readonly role: Role | null } & Pick<Task, 'model' | 'tags'>,
): RouteFacts['models'] {
  const { role } = given;
  const { models, forced } = given.settings;
  return [
    ...(forced.model === null ? [] : [{ model: forced.model.name, by: forced.model.by }]),
    ...(given.model === null ? [] : [{ model: given.model, by: 'model: of the task' }]),
    ...(role?.model == null ? [] : [{ model: role.model, by: `the role ${role.name}` }]),
    ...taggedModel({ tags: given.tags, models: models.tags }),
    { model: models.default, by: 'models.default' },
  ];
}

/** The models that replace the requested one: when a budget runs short, and while it is overloaded. */
export function inPlaceOf(given: { readonly wanted: string; readonly models: Settings['models'] }): Pick<RouteFacts, 'cheaper' | 'chain'> {
  const { wanted } = given;
  const { tiers, ...tables } = given.models;
  const cheaper = entryOf({ table: tables.cheaper, wanted, tiers });
  return {
    cheaper: cheaper === null ? null : modelOf({ word: cheaper, tiers }),
    chain: entryOf({ table: tables.chain, wanted, tiers }) ?? [],
  };
}

function taggedModel(given: { tags: readonly string[]; models: Readonly<Record<string, string>> }): RouteFacts['models'] {
  const tag = given.tags.find((one) => Object.hasOwn(given.models, one));
  const model = tag === undefined ? undefined : given.models[tag];
  return tag === undefined || model === undefined ? [] : [{ model, by: `#${tag}` }];
}
