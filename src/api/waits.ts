// Why queued tasks wait, by what is stored: besides the given tasks, only their blockers are looked up.
import { waiting, type Waiting } from '../core/task/schedule.ts';
import { asideOf } from '../core/task/set-aside.ts';
import type { Task, TaskState } from '../core/task/task.ts';
import { liveHolds, type HoldPorts } from '../supervisor/reap/holds.ts';
import type { Ports } from '../supervisor/world.ts';

/** What a query needs that looks at nothing but what is stored. */
export type Asked = HoldPorts & Pick<Ports, 'clock'>;

/** By the task's key; one that is not in it waits for nothing. */
export async function waitsOf(
  ports: Asked,
  /** In whatever state. */
  tasks: readonly Task[],
): Promise<ReadonlyMap<number, Waiting>> {
  const { store } = ports;
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
  const holds = await liveHolds(ports);
  const repositories = await store.conditions('repository');
  const now = ports.clock.now();
  return new Map(
    queued.flatMap((task) => {
      const held = holds.get(task.key)?.what ?? null;
      const aside = asideOf({ repo: task.repo, state: repositories.get(task.repo), open: [], now });
      const wait = waiting({ task, held, aside, states: statesIn(task.repo), batches, now, named: false });
      return wait === null ? [] : [[task.key, wait] as const];
    }),
  );
}

/** Does a supervisor live that may come to a queued task? */
export async function isSupervised({ store, host }: Asked): Promise<boolean> {
  for (const { holder } of await store.supervisors()) if (!(await host.isGone(holder))) return true;
  return false;
}
