// The tasks as a list, each with its last attempt and its standing.
import type { LastAttempt } from '../core/task/attempt.ts';
import type { Task } from '../core/task/task.ts';
import type { TaskFilter } from '../ports/store.ts';
import { standingsOf, type Asked, type Stands } from './standings.ts';

export interface ListedTask {
  readonly task: Task;
  readonly last: LastAttempt | null;
  readonly stands: Stands;
}

export async function listTasks(ports: Asked, filter: TaskFilter): Promise<readonly ListedTask[]> {
  const { store } = ports;
  const tasks = await store.tasks(filter);
  const tried = tasks.filter((task) => task.attempts > 0);
  const attempts = await store.lastAttempts(tried.map((task) => task.key));
  const last = new Map(attempts.map((attempt) => [attempt.taskKey, attempt]));
  const isRunning = tasks.some(({ state }) => state === 'running');
  const open = new Map(isRunning ? (await store.openAttempts()).map((attempt) => [attempt.taskKey, attempt]) : []);
  const standsOf = await standingsOf(
    ports,
    tasks.map((task) => ({ task, last: open.get(task.key) ?? null })),
  );
  return tasks.map((task) => ({ task, last: last.get(task.key) ?? null, stands: standsOf(task) }));
}
