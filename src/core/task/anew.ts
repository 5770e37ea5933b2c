// Says what is forgotten of a task that is queued again: back-off, charged retries, and failures that excluded a route.
// What was delivered stays as it is: the next run of a task that is done gets a branch of its own.
import { afresh } from './action.ts';
import type { Task } from './task.ts';

export function anew(task: Task): { readonly site?: null; readonly delivery?: null } & ReturnType<typeof afresh> {
  const over = { site: null, delivery: null } as const;
  return { ...(task.state === 'done' ? over : {}), ...afresh(task) };
}
