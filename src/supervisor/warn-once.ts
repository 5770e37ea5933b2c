// Emits warnings about lasting conditions: a person reads each once, however often the condition is met.
import type { Attempt } from '../core/task/attempt.ts';
import type { Task } from '../core/task/task.ts';
import type { World } from './world.ts';

export function warnOnce(
  world: Pick<World, 'emit' | 'memory'>,
  given: {
    readonly task?: Pick<Task, 'id'>;
    /** Null: it concerns more than one. */
    readonly repo: string | null;
    readonly attempt?: Pick<Attempt, 'id'>;
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    /** Warnings with the same key count as the same; absent: the message is the key. */
    readonly key?: string;
  },
): void {
  const { task, repo, attempt, code, message, hint, key = message } = given;
  if (world.memory.warned.has(key)) return;
  world.memory.warned.add(key);
  world.emit({ type: 'warning', task: task?.id ?? null, repo, attempt: attempt?.id ?? null, code, message, hint });
}

/** The condition is over: if it comes again, it is told again. */
export function warnAgain({ memory }: Pick<World, 'memory'>, key: string): void {
  memory.warned.delete(key);
}
