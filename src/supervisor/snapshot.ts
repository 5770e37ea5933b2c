// The facts that scheduling and routing decide on, read once per pulse; open tasks only, so that finished ones cost nothing.
import type { Attempt } from '../core/attempt.ts';
import type { Batch } from '../core/batch.ts';
import { movesAway } from '../core/decide.ts';
import { decideRoute, type Refusal, type RouteFacts } from '../core/route.ts';
import type { Route } from '../core/attempt.ts';
import { waiting, type Caps, type Slot, type Waiting } from '../core/schedule.ts';
import type { Settings } from '../core/settings.ts';
import type { Task, TaskState } from '../core/task.ts';
import type { Hold } from '../ports/store.ts';
import { liveHolds, type HoldPorts } from './holds.ts';
import type { Ports, Scope } from './world.ts';

export interface Snapshot {
  readonly queued: readonly Task[];
  readonly open: readonly { readonly attempt: Attempt; readonly task: Task }[];
  readonly states: (repo: string) => ReadonlyMap<string, TaskState>;
  readonly batches: ReadonlyMap<string, Batch>;
  /** By task key. */
  readonly holds: ReadonlyMap<number, Hold>;
}

export async function takeSnapshot(ports: HoldPorts): Promise<Snapshot> {
  const [unfinished, attempts, batches, holds] = await Promise.all([
    ports.store.tasks({ states: ['queued', 'running', 'delivered', 'blocked', 'failed'] }),
    ports.store.openAttempts(),
    ports.store.batches(),
    liveHolds(ports),
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
  return { queued, open, states: (repo) => states.get(repo) ?? none, batches: new Map(batches.map((batch) => [batch.name, batch])), holds };
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

export function capsOf(given: { settings: Settings; concurrency: number; batches: ReadonlyMap<string, Batch> }): Caps {
  const { limits } = given.settings;
  const perBatch = Object.fromEntries([...given.batches.values()].map((batch) => [batch.name, batch.concurrency]));
  return { global: given.concurrency, perRepository: limits.perRepository, perModel: limits.perModel, perBatch };
}

export function slotOf(given: { readonly attempt: Attempt; readonly task: Task }): Slot {
  return { repo: given.task.repo, model: given.attempt.route.model, batch: given.task.batch };
}

/** The route of a task as it would be decided now. */
export async function routeTask(
  ports: Pick<Ports, 'store' | 'agents' | 'settings' | 'installed'> & { place: { readonly name: string } },
  task: Task,
): Promise<Route | Refusal> {
  const history = task.attempts === 0 ? [] : await ports.store.attempts(task.key);
  const avoid = history.flatMap((attempt) => {
    const kind = attempt.verdict?.kind;
    return kind !== undefined && attempt.number > task.countFrom && movesAway(kind) ? [{ agent: attempt.route.agent, failure: kind }] : [];
  });
  return decideRoute(await routeFacts(ports, { repo: task.repo, agent: task.agent, model: task.model, avoid }));
}

export async function routeFacts(
  ports: Pick<Ports, 'agents' | 'settings' | 'installed'> & { place: { readonly name: string } },
  wanted: { repo: string; agent: string | null; model: string | null; avoid: RouteFacts['avoid'] },
): Promise<RouteFacts> {
  const settings = await ports.settings(wanted.repo);
  const { forced, models } = settings;
  const agents = await Promise.all(
    [...ports.agents.values()].map(async ({ facts }) => ({ ...facts, installed: await ports.installed({ agent: facts.name, settings }) })),
  );
  return {
    forced: [
      ...(wanted.agent === null ? [] : [{ agent: wanted.agent, by: 'agent: of the task' }]),
      ...(forced.agent === null ? [] : [{ agent: forced.agent.name, by: forced.agent.by }]),
    ],
    models: [
      ...(forced.model === null ? [] : [{ model: forced.model.name, by: forced.model.by }]),
      ...(wanted.model === null ? [] : [{ model: wanted.model, by: 'model: of the task' }]),
      { model: models.default, by: 'models.default' },
    ],
    tiers: models.tiers,
    agents,
    avoid: wanted.avoid,
    place: ports.place.name,
  };
}

/** Why a queued task is not started now, caps aside. */
export function waitOf(snapshot: Snapshot, given: { task: Task; now: number; named: boolean }): Waiting | null {
  const held = snapshot.holds.get(given.task.key)?.what ?? null;
  return waiting({ ...given, states: snapshot.states(given.task.repo), batches: snapshot.batches, held });
}
