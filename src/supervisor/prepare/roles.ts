// Chooses the role of a task's workers.
import { chooseRole } from '../../core/own/role.ts';
import type { Settings } from '../../core/settings.ts';
import type { Task } from '../../core/task/task.ts';
import type { Ports } from '../world.ts';

export async function roleOf(
  ports: Pick<Ports, 'store'>,
  given: { readonly task: Pick<Task, 'role' | 'batch'>; readonly settings: Settings },
): Promise<ReturnType<typeof chooseRole>> {
  const { task, settings } = given;
  // The batches are read only if the batch decides.
  const batch =
    task.role !== null || task.batch === null ? undefined : (await ports.store.batches()).find(({ name }) => name === task.batch);
  return chooseRole({ task: task.role, batch: batch?.role ?? null, configured: settings.tools.role, known: settings.roles });
}
