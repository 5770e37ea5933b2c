// The deliveries of tasks on whose branches other tasks may start: read only where a task waits for one that is delivered,
// because for all others it does not matter what `delivery.stack` says.
import type { Delivery } from '../../core/delivery/delivery.ts';
import type { Task } from '../../core/task/task.ts';
import type { Ports } from '../world.ts';

/** By repository and id. `tasks`: all of those that are queued, and what they are blocked by as far as that is not done. */
export async function stackedDeliveries(
  ports: Pick<Ports, 'settings'>,
  tasks: readonly Task[],
): Promise<(repo: string) => ReadonlyMap<string, Delivery> | null> {
  const byRepo = new Map<string, ReadonlyMap<string, Delivery>>();
  for (const [repo, of] of Map.groupBy(tasks, (task) => task.repo)) {
    const delivered = new Set(of.flatMap(({ id, state }) => (state === 'delivered' ? [id] : [])));
    const isAsked = of.some(({ state, blockedBy }) => state === 'queued' && blockedBy.some((id) => delivered.has(id)));
    if (!isAsked || !(await isStacking(ports, repo))) continue;
    byRepo.set(repo, new Map(of.flatMap(({ id, delivery }) => (delivery === null ? [] : [[id, delivery]]))));
  }
  return (repo) => byRepo.get(repo) ?? null;
}

/** A configuration that cannot be read is reported where a task needs it. */
async function isStacking({ settings }: Pick<Ports, 'settings'>, repo: string): Promise<boolean> {
  return settings(repo).then(
    ({ delivery }) => delivery.stack,
    () => false,
  );
}
