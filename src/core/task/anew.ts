// What is forgotten of a task that is queued again: back-off, charged retries, and failures that barred a route. What was
// delivered stays as it is: the next run of a task that is done has a branch of its own.
import { afresh } from './action.ts';
import type { Task } from './task.ts';

type Anew = Partial<Pick<Task, 'worktree' | 'branch' | 'base' | 'deliveredCommit' | 'evidence'>> & ReturnType<typeof afresh>;

export function anew(task: Task): Anew {
  const over = { worktree: null, branch: null, base: null, deliveredCommit: null, evidence: null } as const;
  return { ...(task.state === 'done' ? over : {}), ...afresh(task) };
}
