// Why queued tasks wait, for commands that only look: besides the tasks that they have read anyway, only blockers are looked up.
import { waiting, type Waiting } from '../core/task/schedule.ts';
import { asideOf } from '../core/task/set-aside.ts';
import type { Task, TaskState } from '../core/task/task.ts';
import { systemClock } from '../lib/system-clock.ts';
import { liveHolds } from '../supervisor/reap/holds.ts';
import { lookingHost } from './compose.ts';
import type { Store } from '../ports/store.ts';

/** By the task's key; one that is not in it waits for nothing. */
export async function waitsOf(given: {
  readonly store: Store;
  /** In whatever state. */
  readonly tasks: readonly Task[];
}): Promise<ReadonlyMap<number, Waiting>> {
  const { store, tasks } = given;
  const queued = tasks.filter((task) => task.state === 'queued');
  if (queued.length === 0) return new Map();
  const byRepo = new Map<string, Map<string, TaskState>>();
  const statesIn = (repo: string): Map<string, TaskState> => {
    const known = byRepo.get(repo) ?? new Map<string, TaskState>();
    byRepo.set(repo, known);
    return known;
  };
  for (const task of tasks) statesIn(task.repo).set(task.id, task.state);
  for (const { repo, blockedBy } of queued) {
    for (const id of blockedBy) {
      if (statesIn(repo).has(id)) continue;
      const blocker = await store.task({ repo, id });
      if (blocker !== null) statesIn(repo).set(id, blocker.state);
    }
  }
  const batches = new Map((await store.batches()).map((batch) => [batch.name, batch]));
  const holds = await liveHolds({ store, host: lookingHost });
  const repositories = await store.conditions('repository');
  const now = systemClock.now();
  return new Map(
    queued.flatMap((task) => {
      const held = holds.get(task.key)?.what ?? null;
      const aside = asideOf({ repo: task.repo, state: repositories.get(task.repo), open: [], now });
      const wait = waiting({ task, held, aside, states: statesIn(task.repo), batches, now, named: false });
      return wait === null ? [] : [[task.key, wait] as const];
    }),
  );
}

/** What is told of a queued task that waits for nothing. Whether it has a route is not looked for here. */
export async function turnOf(store: Store): Promise<string> {
  const listed = await store.supervisors();
  const alive = await Promise.all(listed.map(async ({ holder }) => !(await lookingHost.isGone(holder))));
  return alive.includes(true) ? 'waits for its turn' : 'waits for a supervisor';
}
