// Starts a task again from the beginning, on a person's request: its checkout is removed, undelivered work is preserved,
// and the task is queued.
import { ruleOn } from '../../core/task/action.ts';
import type { Task } from '../../core/task/task.ts';
import type { Acted } from '../../ports/task-moves.ts';
import { clearTask } from '../reap/clear.ts';
import { whileHeld } from '../reap/holds.ts';
import { openAgain } from './open-again.ts';
import type { World } from '../world.ts';

/**
 * A hold on the task keeps workers from starting in the folders that are removed. It is refused while a worker is at work.
 */
export async function resetTask(world: World, task: Task): Promise<Acted> {
  const { store, clock, holder } = world;
  const { id, key } = task;
  const done: Acted[] = [];
  await whileHeld(world, { task, holder, what: 'clearing' }, async (now) => {
    const ruling = ruleOn({ action: 'reset', task: now, attempts: await store.attempts(key) });
    if (ruling.ruled === 'refused') return void done.push({ ...ruling, acted: 'refused' });
    await clearTask(world, { task: now, keepBranch: false });
    await openAgain(world, now);
    done.push(await store.act({ key, action: 'reset', at: clock.now() }));
  });
  const [acted] = done;
  if (acted !== undefined) return acted;
  const ruling = ruleOn({ action: 'reset', task: (await store.taskByKey(key)) ?? task, attempts: await store.attempts(key) });
  if (ruling.ruled === 'refused') return { ...ruling, acted: 'refused' };
  return {
    acted: 'refused',
    why: `${id} is attached to by a person, or its checkout is being removed`,
    instead: `to see which, run: yardmaster explain ${id}`,
  };
}
