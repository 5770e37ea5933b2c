// The facts that scheduling and routing decide on, read once per pulse; open tasks only, so that finished ones cost nothing.
import { isComplete, type Delivery } from '../../core/delivery/delivery.ts';
import type { Attempt } from '../../core/task/attempt.ts';
import type { Batch } from '../../core/task/batch.ts';
import type { OpenUse } from '../../core/money/budget.ts';
import type { PlaceFacts } from '../../core/route/place.ts';
import type { Wait } from '../../core/reason/standing-reason.ts';
import { waiting, type Caps, type Slot } from '../../core/task/schedule.ts';
import { asideOf, type RepositoryState } from '../../core/task/set-aside.ts';
import type { Settings } from '../../core/settings.ts';
import { isStartable, type Task, type TaskState } from '../../core/task/task.ts';
import type { Hold } from '../../ports/store.ts';
import { liveHolds, type HoldPorts } from '../reap/holds.ts';
import { stackedDeliveries } from './stacks.ts';
import type { Ports, Scope } from '../world.ts';

export interface Snapshot {
  /** The tasks for which a worker may be started: queued ones, and delivered ones whose pull request needs an answer. */
  readonly queued: readonly Task[];
  /** Delivered tasks whose pull request is not finished, or not opened yet. */
  readonly pulls: readonly Task[];
  readonly open: readonly { readonly attempt: Attempt; readonly task: Task }[];
  readonly states: (repo: string) => ReadonlyMap<string, TaskState>;
  /** Null: no task of the repository starts from another one's branch now. */
  readonly deliveries: (repo: string) => ReadonlyMap<string, Delivery> | null;
  readonly batches: ReadonlyMap<string, Batch>;
  /** By task key. */
  readonly holds: ReadonlyMap<number, Hold>;
  /** States of repositories, by their top folder. */
  readonly repositories: ReadonlyMap<string, RepositoryState>;
}

export async function takeSnapshot(ports: HoldPorts & Pick<Ports, 'settings'>): Promise<Snapshot> {
  const [unfinished, attempts, batches, holds, repositories] = await Promise.all([
    ports.store.tasks({ states: ['queued', 'running', 'delivered', 'blocked', 'failed'] }),
    ports.store.openAttempts(),
    ports.store.batches(),
    liveHolds(ports),
    ports.store.conditions('repository'),
  ]);
  const byKey = new Map(unfinished.map((task) => [task.key, task]));
  const states = new Map<string, Map<string, TaskState>>();
  const add = (task: Pick<Task, 'repo' | 'id' | 'state'>): void => {
    const known = states.get(task.repo) ?? new Map<string, TaskState>();
    states.set(task.repo, known.set(task.id, task.state));
  };
  unfinished.forEach(add);
  const queued = unfinished.filter(isStartable);
  // Blockers that are not open are read one by one: they are few, while finished tasks may be many.
  for (const task of queued) {
    for (const id of task.blockedBy) {
      if (states.get(task.repo)?.has(id) === true) continue;
      const blocker = await ports.store.task({ repo: task.repo, id });
      if (blocker !== null) add(blocker);
    }
  }
  const open = attempts.flatMap((attempt) => {
    const task = byKey.get(attempt.taskKey);
    return task === undefined ? [] : [{ attempt, task }];
  });
  const none: ReadonlyMap<string, TaskState> = new Map();
  return {
    queued,
    pulls: unfinished.filter((task) => task.state === 'delivered' && !isComplete(task.delivery)),
    open,
    states: (repo) => states.get(repo) ?? none,
    deliveries: await stackedDeliveries(ports, unfinished),
    batches: new Map(batches.map((batch) => [batch.name, batch])),
    holds,
    repositories,
  };
}

/** Whether this supervisor looks after the task. */
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

/** The open attempts, in the form in which budgets count them. */
export function openOf(snapshot: Pick<Snapshot, 'open'>): readonly OpenUse[] {
  return snapshot.open.map(({ attempt, task }) => ({ attempt, batch: task.batch }));
}

/** Why a queued task does not start now, apart from caps. `begun`: attempts that were opened since the snapshot. */
export function waitOf(
  snapshot: Snapshot,
  given: { readonly task: Task; readonly now: number; readonly named: boolean; readonly begun: readonly Attempt[] },
): Wait | null {
  const { task, now, named, begun } = given;
  const { repo } = task;
  const held = snapshot.holds.get(task.key)?.what ?? null;
  const state = snapshot.repositories.get(repo);
  const aside = asideOf({ repo, state, open: [...snapshot.open.map(({ attempt }) => attempt), ...begun], now });
  const facts = { states: snapshot.states(repo), deliveries: snapshot.deliveries(repo), batches: snapshot.batches };
  return waiting({ task, now, named, ...facts, held, aside });
}
