// The tasks whose pull requests this supervisor follows.
import { isComplete } from '../../core/delivery/delivery.ts';
import type { Task } from '../../core/task/task.ts';
import { inScope } from '../dispatch/snapshot.ts';
import type { World } from '../world.ts';

/** The tasks in this supervisor's scope whose pull requests are not finished. A closed one may be reopened by a person. */
export async function followed(world: Pick<World, 'store' | 'scope'>): Promise<readonly Task[]> {
  const tasks = await world.store.tasks({ states: ['delivered', 'blocked', 'running'] });
  return tasks.filter((task) => !isComplete(task.delivery) && inScope(world.scope, task));
}
