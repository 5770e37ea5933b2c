// Takes away a task's site and what an agent keeps for it. What was not delivered is preserved first, and told.
import { basename } from 'node:path';
import { faultRule } from '../../core/fault-codes.ts';
import { Fault } from '../../core/fault.ts';
import { worktreeName } from '../../core/task/folder-names.ts';
import type { Task } from '../../core/task/task.ts';
import { placeOf } from '../watch/places.ts';
import { taskFolder } from '../prepare/site.ts';
import type { World } from '../world.ts';

/** The task's own site and private folder. */
export async function clearTask(world: World, given: { task: Task; keepBranch: boolean; signal?: AbortSignal }): Promise<void> {
  const { task } = given;
  const branch = task.delivery?.branch ?? null;
  if (task.site !== null && branch !== null) {
    await clearWorktree(world, { ...given, path: task.site.checkout, branch }).catch((error: unknown) => {
      if (!(error instanceof Fault) || faultRule(error.code).notOurs !== true) throw error;
      // Somebody put a folder of their own there, or the repository is gone: it is left alone, and no longer the task's.
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

/** In each place where a worker of the task was; in one that is not known here it is left. */
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
  // What is saved of it goes by the task's last attempt; of one that no record names by the attempt that made it, for
  // several of these are taken away at the same time.
  const made =
    path === task.site?.checkout ? undefined : attempts.find(({ number }) => worktreeName({ task, attempt: number }) === basename(path));
  const settings = await world.settings(task.repo);
  const repo = given.signal === undefined ? world.repo : world.repo.within(given.signal);
  const { remote } = await repo.find(task.repo, settings.delivery);
  const attempt = (made ?? attempts.at(-1))?.id ?? `task-${task.key}`;
  const { preserved } = await repo.removeSite({ root: task.repo, path, branch, attempt, remote, keepBranch });
  if (preserved === null) return;
  world.emit({
    type: 'warning',
    task: task.id,
    repo: task.repo,
    attempt: null,
    code: 'preserved',
    message: `work that was not delivered is kept at ${preserved}`,
    hint: `git log --graph --stat ${preserved}`,
  });
}
