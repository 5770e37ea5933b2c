// The branch into which a task's work is to be merged: that of the task below it in a stack, or the repository's.
import { openedPull } from '../../core/delivery/delivery.ts';
import type { PullBodyFacts } from '../../core/delivery/pull-texts.ts';
import { lowerOf } from '../../core/delivery/stack.ts';
import type { Settings } from '../../core/settings.ts';
import type { Task } from '../../core/task/task.ts';
import type { World } from '../world.ts';

/** Null: the pull request of the task below is to be opened first. */
export async function baseOf(
  world: Pick<World, 'store' | 'repo'>,
  given: {
    readonly task: Task;
    readonly settings: Pick<Settings, 'delivery'>;
    readonly defaultBranch: string;
    readonly signal: AbortSignal;
  },
): Promise<{ readonly base: string; readonly stackedOn: PullBodyFacts['stackedOn'] } | null> {
  const { task, settings, signal } = given;
  const base = { base: settings.delivery.base ?? given.defaultBranch, stackedOn: null };
  const on = task.delivery?.stackedOn ?? null;
  if (on === null) return base;
  const below = await world.store.task({ repo: task.repo, id: on.task });
  const lower = lowerOf({ on, task: below });
  if (lower.is === 'merged') return { base: lower.base, stackedOn: null };
  const pull = openedPull(below?.delivery ?? null);
  if (lower.is === 'open' && pull === null && below?.delivery?.pull != null) return null;
  const { remote } = settings.delivery;
  const commit = await world.repo.within(signal).branchAt({ root: task.repo, remote, branch: on.branch });
  return commit === null ? base : { base: on.branch, stackedOn: { ...on, number: pull?.seen.number ?? null } };
}
