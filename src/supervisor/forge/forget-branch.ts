// Lets the person's repository forget the branch of a pull request that is over: the references of ours that keep it.
import { openedPull } from '../../core/delivery/delivery.ts';
import { Fault } from '../../core/fault.ts';
import type { Task } from '../../core/task/task.ts';
import type { World } from '../world.ts';

export async function forgetBranch(world: Pick<World, 'repo' | 'settings'>, task: Pick<Task, 'repo' | 'delivery'>): Promise<void> {
  const pull = openedPull(task.delivery);
  if (pull === null) return;
  try {
    const { remote } = (await world.settings(task.repo)).delivery;
    await world.repo.forgetBranch({ root: task.repo, remote, branch: pull.seen.head.branch });
  } catch (error) {
    // Some objects are kept longer than they are needed, which is no reason to hold anything up.
    if (!(error instanceof Fault)) throw error;
  }
}
