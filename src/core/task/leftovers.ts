// Decides by our own records alone what was left behind by supervisors that died between two steps. Whatever the records do
// not name belongs to somebody else: a process with another home's marker, a folder with another name.
import type { Attempt } from './attempt.ts';
import { isIdName, isWorktreeOf, keyIn, taskFolderName } from './folder-names.ts';
import type { Task } from './task.ts';

/** What was found on the machine. Names of folders are relative to the folders of the state home (`folder-names.ts`). */
export interface Found {
  readonly workers: readonly { readonly place: string; readonly marker: string; readonly pids: readonly number[] }[];
  readonly worktrees: readonly string[];
  readonly attempts: readonly string[];
  readonly tasks: readonly string[];
  readonly trash: readonly string[];
}

export type Leftover =
  /** `place`: the place where the processes were found, which is able to end them. */
  | { readonly kind: 'processes'; readonly place: string; readonly attempt: string; readonly pids: readonly number[]; readonly why: string }
  /** `name`: relative to the folder for its kind. */
  | { readonly kind: 'worktree'; readonly name: string; readonly task: Task; readonly why: string }
  | { readonly kind: 'attempt folder' | 'task folder' | 'deleted folder'; readonly name: string; readonly why: string };

/** The records that are needed to judge what was found: ids of attempts and keys of tasks. */
export function recordsOf(found: Found): { readonly attempts: readonly string[]; readonly tasks: readonly number[] } {
  return {
    attempts: [...found.workers.map(({ marker }) => marker), ...found.attempts.filter(isIdName)],
    tasks: [...new Set([...found.worktrees, ...found.tasks].flatMap((name) => keyIn(name) ?? []))],
  };
}

export interface LeftoverFacts {
  readonly found: Found;
  /**
   * Read after the search: everything is recorded before it is made, so nothing that is being made counts as left behind.
   */
  readonly attempts: readonly Attempt[];
  readonly tasks: readonly Task[];
  /** Keys of the tasks that have an open attempt, or that a living process holds. */
  readonly busy: ReadonlySet<number>;
}

export function leftovers(facts: LeftoverFacts): readonly Leftover[] {
  const { found } = facts;
  const attempts = new Map(facts.attempts.map((attempt) => [attempt.id, attempt]));
  const idle = facts.tasks.filter((task) => !facts.busy.has(task.key));
  return [
    ...found.workers.flatMap(({ place, marker, pids }): Leftover[] => {
      const attempt = attempts.get(marker);
      if (attempt?.state !== 'closed' || facts.busy.has(attempt.taskKey)) return [];
      return [{ kind: 'processes', place, attempt: marker, pids, why: `attempt ${attempt.number} of ${attempt.taskId} is closed` }];
    }),
    ...idle.flatMap((task) => leftWorktrees(task, found.worktrees)),
    ...found.attempts.flatMap((name): Leftover[] =>
      attempts.has(name) || !isIdName(name) ? [] : [{ kind: 'attempt folder', name, why: 'there is no such attempt' }],
    ),
    ...idle.flatMap((task): Leftover[] => {
      const over = (task.state === 'done' || task.state === 'cancelled') && task.site === null;
      const name = taskFolderName(task);
      return over && found.tasks.includes(name) ? [{ kind: 'task folder', name, why: `${task.id} is ${task.state}` }] : [];
    }),
    ...found.trash.flatMap((name): Leftover[] =>
      isIdName(name) ? [{ kind: 'deleted folder', name, why: 'its deletion was interrupted or refused' }] : [],
    ),
  ];
}

/**
 * The worktrees other than the one in the task's record. They were made by an attempt that ended before it could record
 * them.
 */
function leftWorktrees(task: Task, names: readonly string[]): readonly Leftover[] {
  const own = task.site?.checkout.slice(task.site.checkout.lastIndexOf('/') + 1);
  return names
    .filter((name) => name !== own && isWorktreeOf({ task, name }))
    .map((name) => ({ kind: 'worktree', name, task, why: `${task.id} ${own === undefined ? 'has no worktree' : `works in ${own}`}` }));
}
