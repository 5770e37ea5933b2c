// The branch into which a task's work is to be merged: that of the task below it in a stack, or the repository's.
import type { Settings } from '../../core/settings.ts';
import type { Task } from '../../core/task/task.ts';
import type { World } from '../world.ts';

export async function baseOf(
  world: Pick<World, 'store'>,
  given: { readonly task: Task; readonly settings: Pick<Settings, 'delivery'>; readonly defaultBranch: string },
): Promise<{ readonly base: string; readonly stackedOn: { readonly task: string; readonly number: number } | null }> {
  const { task, settings } = given;
  for (const id of task.blockedBy) {
    const below = await world.store.task({ repo: task.repo, id });
    const pull = below?.delivery?.pull ?? null;
    const branch = below?.delivery?.branch ?? null;
    if (below === null || branch === null || pull?.seen == null || pull.seen.state !== 'open') continue;
    if (task.delivery?.base === below.delivery?.commit) return { base: branch, stackedOn: { task: id, number: pull.seen.number } };
  }
  return { base: settings.delivery.base ?? given.defaultBranch, stackedOn: null };
}
