// Phase 5: what finished tasks leave behind is taken away: worktrees, after proof that nothing in them is lost, and
// the agents' private folders. Worktrees of failed and blocked tasks stay, for a retry and for people.
import { Fault } from '../core/fault.ts';
import type { Task } from '../core/task.ts';
import { taskFolder } from './prepare.ts';
import type { World } from './world.ts';

export async function reap(world: World): Promise<string | null> {
  const over = await world.store.tasks({ states: ['done', 'cancelled'], withWorktree: true });
  let started = 0;
  for (const task of over)
    if (world.memory.inflight.start(`reap ${task.key}`, () => clearTask(world, { task, keepBranch: true }))) started += 1;
  return started === 0 ? null : `${started} ${started === 1 ? 'worktree' : 'worktrees'} taken away`;
}

const notOurs = new Set(['not-a-worktree', 'not-a-repository']);

/** Takes away a task's worktree and private folder. What was not delivered is preserved first; answers under which ref. */
export async function clearTask(world: World, given: { task: Task; keepBranch: boolean }): Promise<void> {
  const { task } = given;
  if (task.worktree !== null && task.branch !== null) {
    const attempts = await world.store.attempts(task.key);
    const settings = await world.settings(task.repo);
    const { worktree, branch } = task;
    const attempt = attempts.at(-1)?.id ?? `task-${task.key}`;
    const remove = async () => {
      const { remote } = await world.repo.describe(task.repo, { remote: settings.delivery.remote });
      return world.repo.removeWorktree({ root: task.repo, path: worktree, branch, attempt, remote, keepBranch: given.keepBranch });
    };
    const { preserved } = await remove().catch((error: unknown) => {
      if (!(error instanceof Fault) || !notOurs.has(error.code)) throw error;
      // Somebody put a folder of their own there, or the repository is gone: what stands there is left alone, and no
      // longer the task's.
      world.emit({ type: 'warning', task: task.id, attempt: null, code: error.code, message: error.message, hint: error.hint });
      return { preserved: null };
    });
    if (preserved !== null) tellPreserved(world, { task, preserved });
  }
  await world.removeFolder(taskFolder(world, task));
  const forget = given.keepBranch ? { worktree: null } : { worktree: null, branch: null, base: null };
  await world.store.patchTask({ key: task.key, patch: forget, at: world.clock.now() });
}

function tellPreserved(world: World, given: { task: Task; preserved: string }): void {
  world.emit({
    type: 'warning',
    task: given.task.id,
    attempt: null,
    code: 'preserved',
    message: `work that was not delivered is kept at ${given.preserved}`,
    hint: `git show ${given.preserved}`,
  });
}
