// Shows everything that is stored of one task.
import type { Attempt } from '../core/task/attempt.ts';
import { textOf } from '../core/reason/words.ts';
import type { Task } from '../core/task/task.ts';
import { iso } from '../lib/iso.ts';
import type { WorkerView } from '../ports/place.ts';
import type { Transition } from '../ports/store.ts';
import { attemptView, deliveryView, taskView } from './task-view.ts';
import { standingsOf, type Asked, type Stands } from './standings.ts';

export interface ShownTask {
  readonly task: Task;
  readonly stands: Stands;
  readonly attempts: readonly Attempt[];
  readonly transitions: readonly Transition[];
}

export async function showTask(ports: Asked, task: Task): Promise<ShownTask> {
  const { store } = ports;
  const [attempts, transitions] = await Promise.all([store.attempts(task.key), store.transitions(task.key)]);
  const stands = (await standingsOf(ports, [{ task, last: attempts.at(-1) ?? null }]))(task);
  return { task, stands, attempts, transitions };
}

/** `saved`: the references under which work of its attempts was saved. `workers`: by the attempts' ids. */
export function shownView(
  shown: ShownTask & { readonly saved: readonly string[]; readonly workers: ReadonlyMap<string, WorkerView> },
): Record<string, unknown> {
  const { task, stands, attempts, transitions, saved, workers } = shown;
  return {
    ...taskView({ task, last: attempts.at(-1) ?? null, stands }),
    body: task.body,
    tags: task.tags,
    blockedBy: task.blockedBy,
    mcp: task.mcp,
    role: task.role,
    worktree: task.site?.checkout ?? null,
    base: task.delivery?.base ?? null,
    delivery: deliveryView(task.delivery),
    preserved: saved,
    retries: task.retries,
    transitions: transitions.map((one) => ({ ...one, reason: textOf(one.reason), at: iso(one.at) })),
    attempts: attempts.map((attempt) => attemptView(attempt, workers.get(attempt.id))),
  };
}

/** The task in the shape of a list entry. */
export async function viewTask(ports: Asked, task: Task): Promise<Record<string, unknown>> {
  const { attempts, stands } = await showTask(ports, task);
  return taskView({ task, last: attempts.at(-1) ?? null, stands });
}
