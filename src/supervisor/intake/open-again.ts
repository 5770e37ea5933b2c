// Reopens a task in all its sources, so that a tick or an earlier completion there does not end it again.
import type { Task } from '../../core/task/task.ts';
import type { World } from '../world.ts';

export async function openAgain({ sources }: Pick<World, 'sources'>, task: Task): Promise<void> {
  for (const source of sources) await source.reopen(task);
}
