// The tasks whose pull requests this supervisor follows.
import { isComplete } from '../../core/delivery/delivery.ts';
import { withThoseAbove } from '../../core/delivery/stack.ts';
import type { Task } from '../../core/task/task.ts';
import { inScope } from '../dispatch/snapshot.ts';
import type { World } from '../world.ts';

/**
 * The tasks in this supervisor's scope whose pull requests are not finished, and those that build on them: they get another
 * base once the lower one is merged. A closed one may be reopened by a person.
 */
export async function followed(world: Pick<World, 'store' | 'scope'>): Promise<readonly Task[]> {
  const tasks = await world.store.tasks({ states: ['delivered', 'blocked', 'running'] });
  const all = tasks.filter((task) => !isComplete(task.delivery));
  return withThoseAbove({ all, chosen: all.filter((task) => inScope(world.scope, task)) });
}
