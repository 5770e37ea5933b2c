// Reports that a task changed its state: to the listeners of this supervisor at once, and after the pulse to the sources
// that show progress, so that no source can delay the pulse.
import type { Task, TaskState } from '../core/task/task.ts';
import type { World } from './world.ts';

/** `reason` is text. */
export function emitMoved(
  world: Pick<World, 'emit' | 'memory' | 'sources'>,
  given: { readonly task: Task; readonly from: TaskState; readonly to: TaskState; readonly reason: string },
): void {
  const { task, from, to, reason } = given;
  world.emit({ type: 'task', task: task.id, repo: task.repo, from, to, reason });
  const { untold, moved } = world.memory;
  moved.add(task.repo);
  for (const source of world.sources)
    if (source.progress !== undefined) untold.set(source.name, (untold.get(source.name) ?? new Set()).add(task.key));
}

/** What the issue of a task of this repository tells has changed, although the task is still in its state. */
export function noteMoved({ memory }: Pick<World, 'memory'>, repo: string): void {
  memory.moved.add(repo);
}

/** Returns whether a report to a source was begun. If it fails, it is repeated, together with later changes. */
export function reportProgress(world: Pick<World, 'store' | 'memory' | 'sources'>): boolean {
  const { store, memory, sources } = world;
  const begun = sources.map((source) => {
    const untold = memory.untold.get(source.name);
    if (untold === undefined || untold.size === 0) return false;
    return memory.inflight.start(`progress ${source.name}`, async (signal) => {
      const keys = [...untold];
      untold.clear();
      try {
        await source.progress?.({ tasks: await store.tasksByKeys(keys), signal });
      } catch (error) {
        for (const key of keys) untold.add(key);
        throw error;
      }
    });
  });
  return begun.includes(true);
}
