// The facts that scheduling and routing decide on, read once per pulse; open tasks only, so that finished ones cost nothing.
import type { Attempt } from '../../core/task/attempt.ts';
import type { Batch } from '../../core/task/batch.ts';
import type { OpenUse } from '../../core/money/budget.ts';
import { movesAway, resting } from '../../core/task/decide.ts';
import { Fault } from '../../core/fault.ts';
import { hasAgent, takes, type PlaceChoice, type PlaceFacts } from '../../core/route/place.ts';
import type { Role } from '../../core/own/role.ts';
import { decideRoute, type Chosen, type Refusal, type RouteFacts, type Trial } from '../../core/route/route.ts';
import { waiting, type Caps, type Slot, type Waiting } from '../../core/task/schedule.ts';
import { asideOf, type RepositoryState } from '../../core/task/set-aside.ts';
import { awaitedUntil } from '../../core/route/program.ts';
import type { AgentConfig, Settings } from '../../core/settings.ts';
import type { Task, TaskState } from '../../core/task/task.ts';
import { entryOf, modelOf } from '../../core/route/tier.ts';
import { second } from '../../core/time.ts';
import { untrustedRefusal } from '../../core/security/trust.ts';
import type { Place } from '../../ports/place.ts';
import type { Hold } from '../../ports/store.ts';
import { accountFacts, type Seen } from './known-accounts.ts';
import { liveHolds, type HoldPorts } from '../reap/holds.ts';
import { roleOf } from '../prepare/roles.ts';
import type { Ports, Scope } from '../world.ts';

export interface Snapshot {
  readonly queued: readonly Task[];
  readonly open: readonly { readonly attempt: Attempt; readonly task: Task }[];
  readonly states: (repo: string) => ReadonlyMap<string, TaskState>;
  readonly batches: ReadonlyMap<string, Batch>;
  /** By task key. */
  readonly holds: ReadonlyMap<number, Hold>;
  /** What was seen of repositories, by their top folder. */
  readonly repositories: ReadonlyMap<string, RepositoryState>;
}

export async function takeSnapshot(ports: HoldPorts): Promise<Snapshot> {
  const [unfinished, attempts, batches, holds, repositories] = await Promise.all([
    ports.store.tasks({ states: ['queued', 'running', 'delivered', 'blocked', 'failed'] }),
    ports.store.openAttempts(),
    ports.store.batches(),
    liveHolds(ports),
    ports.store.conditions('repository'),
  ]);
  const byKey = new Map(unfinished.map((task) => [task.key, task]));
  const states = new Map<string, Map<string, TaskState>>();
  const note = (task: Pick<Task, 'repo' | 'id' | 'state'>): void => {
    const known = states.get(task.repo) ?? new Map<string, TaskState>();
    states.set(task.repo, known.set(task.id, task.state));
  };
  unfinished.forEach(note);
  const queued = unfinished.filter((task) => task.state === 'queued');
  // Blockers that are no longer open are looked up one by one: there are few, and finished tasks may be many.
  for (const task of queued) {
    for (const id of task.blockedBy) {
      if (states.get(task.repo)?.has(id) === true) continue;
      const blocker = await ports.store.task({ repo: task.repo, id });
      if (blocker !== null) note(blocker);
    }
  }
  const open = attempts.flatMap((attempt) => {
    const task = byKey.get(attempt.taskKey);
    return task === undefined ? [] : [{ attempt, task }];
  });
  const none: ReadonlyMap<string, TaskState> = new Map();
  return {
    queued,
    open,
    states: (repo) => states.get(repo) ?? none,
    batches: new Map(batches.map((batch) => [batch.name, batch])),
    holds,
    repositories,
  };
}

/** Does this supervisor look after the task? */
export function inScope(scope: Scope, task: Task): boolean {
  return (
    (scope.repo === null || task.repo === scope.repo) &&
    (scope.batch === null || task.batch === scope.batch) &&
    (scope.named === null || scope.named.has(task.key))
  );
}

export function isNamed(scope: Scope, task: Task): boolean {
  return scope.named?.has(task.key) === true;
}

export function placeFacts({ places }: Pick<Ports, 'places'>): readonly PlaceFacts[] {
  return [...places.values()].map(({ facts }) => facts);
}

export function capsOf(given: {
  settings: Settings;
  capacity: Pick<Caps, 'global' | 'perHost' | 'perPlace'>;
  batches: ReadonlyMap<string, Batch>;
}): Caps {
  const { limits } = given.settings;
  const perBatch = Object.fromEntries([...given.batches.values()].map((batch) => [batch.name, batch.concurrency]));
  const { perRepository, perModel, perAccount } = limits;
  const { global, perHost, perPlace } = given.capacity;
  return { global, perHost, perPlace, perRepository, perModel, perAccount, perBatch };
}

export function slotOf(given: { readonly attempt: Attempt; readonly task: Task }): Slot {
  const { model, account, place, host } = given.attempt.route;
  return { repo: given.task.repo, model, account, batch: given.task.batch, place, host };
}

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
  const attempts = history.filter(({ number }) => number > task.countFrom);
  const facts = await routeFacts(ports, { ...task, role, avoid: avoided({ attempts, shared }), seen, full, task });
  const now = ports.clock.now();
  const until =
    facts.chain.length === 0 ? new Map<string, number>() : resting({ attempts, backoff: settings.worker.backoffSeconds * second, now });
  const route = decideRoute({ ...facts, rests: (model) => until.get(model) ?? null });
  // What the others lack, a place that does not answer may have.
  if ('refused' in route && facts.silent !== null) throw facts.silent;
  return route;
}

/** What failed so that it cannot help to try it again for this task. */
function avoided(given: { readonly attempts: readonly Attempt[]; readonly shared: ReadonlySet<string> }): RouteFacts['avoid'] {
  const failed = given.attempts.flatMap(({ verdict, route: { agent, account } }) => {
    const failure = verdict?.kind ?? null;
    return failure !== null && movesAway(failure) ? [{ agent, account, failure }] : [];
  });
  // Of a store that several processes refresh, the token may have been taken over by another one a moment ago: a trial
  // tells, and only what fails once more is given up.
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
    /** Null: none yet, so that its own budgets do not count. */
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
 * The places, each one in use with those of its agents whose programs are found there: none where it does not answer.
 * `silent`: the fault of one that does not; null: all that are in use did.
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

/** Under which what was seen of an agent's program is kept: repositories may configure different ones. */
export function programName(agent: string, { path }: AgentConfig): string {
  return `${agent} ${path}`;
}

/** Who wants which model, the strongest first. */
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

/** What takes the place of the model that is wanted: where a budget runs short, and while it is overloaded. */
export function inPlaceOf(given: { readonly wanted: string; readonly models: Settings['models'] }): Pick<RouteFacts, 'cheaper' | 'chain'> {
  const { wanted } = given;
  const { tiers, ...tables } = given.models;
  const cheaper = entryOf({ table: tables.cheaper, wanted, tiers });
  return {
    cheaper: cheaper === null ? null : modelOf({ word: cheaper, tiers }),
    chain: entryOf({ table: tables.chain, wanted, tiers }) ?? [],
  };
}

/** The open attempts, as budgets count them. */
export function openOf(snapshot: Pick<Snapshot, 'open'>): readonly OpenUse[] {
  return snapshot.open.map(({ attempt, task }) => ({ attempt, batch: task.batch }));
}

function taggedModel(given: { tags: readonly string[]; models: Readonly<Record<string, string>> }): RouteFacts['models'] {
  const tag = given.tags.find((one) => Object.hasOwn(given.models, one));
  const model = tag === undefined ? undefined : given.models[tag];
  return tag === undefined || model === undefined ? [] : [{ model, by: `#${tag}` }];
}

/** Why a queued task is not started now, caps aside. `begun`: attempts that were opened since the snapshot. */
export function waitOf(
  snapshot: Snapshot,
  given: { readonly task: Task; readonly now: number; readonly named: boolean; readonly begun: readonly Attempt[] },
): Waiting | null {
  const { task, now, named, begun } = given;
  const { repo } = task;
  const held = snapshot.holds.get(task.key)?.what ?? null;
  const state = snapshot.repositories.get(repo);
  const aside = asideOf({ repo, state, open: [...snapshot.open.map(({ attempt }) => attempt), ...begun], now });
  return waiting({ task, now, named, states: snapshot.states(repo), batches: snapshot.batches, held, aside });
}
