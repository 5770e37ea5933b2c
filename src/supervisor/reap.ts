// Phase 5: what finished tasks leave behind is taken away: worktrees, after proof that nothing in them is lost, and
// the agents' private folders. Worktrees of failed and blocked tasks stay, for a retry and for people.
import { Fault } from '../core/fault.ts';
import type { Task } from '../core/task.ts';
import type { Hold } from '../ports/store.ts';
import { liveHolds, whileHeld } from './holds.ts';
import { taskFolder } from './prepare.ts';
import type { World } from './world.ts';

export async function reap(world: World): Promise<string | null> {
  const over = await world.store.tasks({ states: ['done', 'cancelled'], withWorktree: true });
  const holds = over.length === 0 ? new Map<number, Hold>() : await liveHolds(world);
  let started = 0;
  for (const task of over)
    if (!holds.has(task.key) && world.memory.inflight.start(`reap ${task.key}`, () => clearOver(world, task))) started += 1;
  return started === 0 ? null : `${started} ${started === 1 ? 'worktree' : 'worktrees'} taken away`;
}

/** Held, so that no worker is started and no person sits down in what is being taken away. */
async function clearOver(world: World, task: Task): Promise<void> {
  await whileHeld(world, { task, holder: world.holder, what: 'clearing' }, async (now) => {
    // It may have been queued again since it was found.
    if (now.state === 'done' || now.state === 'cancelled') await clearTask(world, { task: now, keepBranch: true });
  });
}

/** Takes away a task's worktree and private folder. What was not delivered is preserved first; answers under which ref. */
export async function clearTask(world: World, given: { task: Task; keepBranch: boolean }): Promise<void> {
  const { task } = given;
  if (task.worktree !== null && task.branch !== null) {
    const attempts = await world.store.attempts(task.key);
    const settings = await world.settings(task.repo);
    const { remote } = await world.repo.describe(task.repo, { remote: settings.delivery.remote });
    const attempt = attempts.at(-1)?.id ?? `task-${task.key}`;
    const removal = { root: task.repo, path: task.worktree, branch: task.branch, attempt, remote, keepBranch: given.keepBranch };
    const { preserved } = await world.repo.removeWorktree(removal).catch((error: unknown) => {
      if (!(error instanceof Fault) || error.code !== 'not-a-worktree') throw error;
      // Somebody put a folder of their own there: it is left alone, and no longer the task's.
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
