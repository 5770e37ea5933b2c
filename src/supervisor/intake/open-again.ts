// A task is open again wherever it came from, so that what stands there does not end it once more.
import type { Task } from '../../core/task/task.ts';
import type { World } from '../world.ts';

export async function openAgain({ sources }: Pick<World, 'sources'>, task: Task): Promise<void> {
  for (const source of sources) await source.reopen(task);
}
