// The names of all folders that we make in the state home, and what they mean. A name only suggests where to look: whether
// a folder belongs to a task is decided by comparing its name with the one in the task's record.
import type { Task } from './task.ts';

/** In the state home. */
export const homeFolders = {
  worktrees: 'worktrees',
  readers: 'readers',
  attempts: 'attempts',
  tasks: 'tasks',
  trash: 'trash',
} as const;

/** In an attempt's folder: contains files that may hold secrets. */
export const privateFolderName = 'private';

type Named = Pick<Task, 'key' | 'id'>;

/** In `tasks`: the private folder of a task's agents. */
export function taskFolderName({ key, id }: Named): string {
  return `${key}-${nameOfId(id)}`;
}

/** In `tasks`: the private folder of an agent whose sign-in is tried; it is removed after the trial. */
export function trialFolderName(trial: string): string {
  return `trial-${trial}`;
}

/** In `worktrees` and `readers`: a task's checkout, with the number of the attempt that made it. */
export function worktreeName(facts: { readonly task: Named; readonly attempt: number }): string {
  return `${taskFolderName(facts.task)}-${facts.attempt}`;
}

/** Whether an attempt at the task may have given this name. */
export function isWorktreeOf({ task, name }: { readonly task: Named; readonly name: string }): boolean {
  const prefix = `${taskFolderName(task)}-`;
  return name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length));
}

/** The key of the task to which a folder with this name may belong; null if there is none. */
export function keyIn(name: string): number | null {
  // A longer number would not be represented exactly.
  const digits = /^(\d{1,15})-./.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Whether this may be the name of an attempt's folder, or of one that is being deleted: a UUID. */
export function isIdName(name: string): boolean {
  return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(name);
}

const longestId = 80;

/**
 * An id as part of a folder's or a branch's name. A source may choose any id, such as `feature/x`; ids from TODO.md are
 * unchanged. Two ids may have the same result, so names of folders begin with the key, which is unique.
 */
export function nameOfId(id: string): string {
  return id
    .slice(0, longestId)
    .replace(/[^\w.-]+/g, '_')
    .replace(/^[.-]|\.(?=\.|$|lock$)/gi, '_');
}
