// The tasks as a list, each with its last attempt and with what it waits for.
import type { LastAttempt } from '../core/task/attempt.ts';
import type { Waiting } from '../core/task/schedule.ts';
import type { Task } from '../core/task/task.ts';
import type { TaskFilter } from '../ports/store.ts';
import { waitsOf, type Asked } from './waits.ts';

export interface ListedTask {
  readonly task: Task;
  readonly last: LastAttempt | null;
  /** Null: it is not queued, or waits for nothing that is known. */
  readonly wait: Waiting | null;
}

export async function listTasks(ports: Asked, filter: TaskFilter): Promise<readonly ListedTask[]> {
  const tasks = await ports.store.tasks(filter);
  const waits = await waitsOf(ports, tasks);
  const tried = tasks.filter((task) => task.attempts > 0);
  const attempts = await ports.store.lastAttempts(tried.map((task) => task.key));
  const last = new Map(attempts.map((attempt) => [attempt.taskKey, attempt]));
  return tasks.map((task) => ({ task, wait: waits.get(task.key) ?? null, last: last.get(task.key) ?? null }));
}
