// Removes a task's site and the agent's private files for it. Undelivered work is preserved first, and a warning says
// where.
import { basename } from 'node:path';
import { faultRule } from '../../core/fault-codes.ts';
import { Fault } from '../../core/fault.ts';
import { worktreeName } from '../../core/task/folder-names.ts';
import { openedPull } from '../../core/delivery/delivery.ts';
import type { Task } from '../../core/task/task.ts';
import { placeOf } from '../watch/places.ts';
import { taskFolder } from '../prepare/site.ts';
import type { World } from '../world.ts';

/** Removes the task's own site and private folder. */
export async function clearTask(world: World, given: { task: Task; keepBranch: boolean; signal?: AbortSignal }): Promise<void> {
  const { task } = given;
  const branch = task.delivery?.branch ?? null;
  if (task.site !== null && branch !== null) {
    await clearWorktree(world, { ...given, path: task.site.checkout, branch }).catch((error: unknown) => {
      if (!(error instanceof Fault) || faultRule(error.code).notOurs !== true) throw error;
      // Somebody put a folder of their own there, or the repository is gone: the folder is left alone, and is no longer the
      // task's.
      world.emit({
        type: 'warning',
        task: task.id,
        repo: task.repo,
        attempt: null,
        code: error.code,
        message: error.message,
        hint: error.hint,
      });
    });
    world.passing('worktree-removed');
  }
  await clearTaskFolder(world, task);
  const patch = { site: null, ...(given.keepBranch ? {} : { delivery: { branch: null, base: null } }) };
  await world.store.patchTask({ key: task.key, patch, at: world.clock.now() });
}

/** Clears the folder in each place where a worker of the task ran. In a place that is not known here, the folder stays. */
async function clearTaskFolder(world: World, task: Task): Promise<void> {
  const attempts = await world.store.attempts(task.key);
  const places = new Set(attempts.flatMap((attempt) => placeOf(world, attempt) ?? []));
  for (const place of places) await place.clear(taskFolder(world, task));
}

export async function clearWorktree(
  world: World,
  given: { task: Task; path: string; branch: string | null; keepBranch: boolean; signal?: AbortSignal },
): Promise<void> {
  const { task, path, branch, keepBranch } = given;
  const attempts = await world.store.attempts(task.key);
  // Saved work is named after the task's last attempt. Work in a worktree that no record names is named after the attempt
  // that made it, because several of these may be removed at the same time.
  const made =
    path === task.site?.checkout ? undefined : attempts.find(({ number }) => worktreeName({ task, attempt: number }) === basename(path));
  const settings = await world.settings(task.repo);
  const repo = given.signal === undefined ? world.repo : world.repo.within(given.signal);
  const { remote } = await repo.find(task.repo, settings.delivery);
  const attempt = (made ?? attempts.at(-1))?.id ?? `task-${task.key}`;
  const pull = openedPull(task.delivery);
  const merged = pull?.seen.state === 'merged' ? pull.seen.head.commit : null;
  const { preserved } = await repo.removeSite({ root: task.repo, path, branch, attempt, remote, keepBranch, merged });
  if (preserved === null) return;
  world.emit({
    type: 'warning',
    task: task.id,
    repo: task.repo,
    attempt: null,
    code: 'preserved',
    message: `work that was not delivered is saved at ${preserved}`,
    hint: `to see it, run: git log --graph --stat ${preserved}`,
  });
}
