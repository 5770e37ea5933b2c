// Phase 5: removes what finished tasks leave behind: worktrees, after proof that nothing in them is lost, and the agents'
// private folders. Worktrees of failed and blocked tasks stay, for a retry and for people. At the start and from time to
// time, it also searches for leftovers of supervisors that died.
import { openedPull } from '../../core/delivery/delivery.ts';
import { hour, minute } from '../../core/time.ts';
import type { Task } from '../../core/task/task.ts';
import type { Hold } from '../../ports/store.ts';
import { forgetBranch } from '../forge/forget-branch.ts';
import { clearTask } from './clear.ts';
import { liveHolds, whileHeld } from './holds.ts';
import { findLeftovers, removeLeftover } from './leftovers.ts';
import { endCallsOfTheGone } from '../watch/watch.ts';
import type { World } from '../world.ts';

/**
 * How often leftovers are searched for. A search scans all processes, and only the death of a supervisor can leave
 * something.
 */
const searchEvery = 5 * minute;

/** How long an event stays in the feed, so that a reader can continue from its last position. */
const feedLasts = 14 * 24 * hour;

export async function reap(world: World): Promise<string | null> {
  const { memory } = world;
  const over = [...(await world.store.tasks({ states: ['done', 'cancelled'], withSite: true })), ...(await unused(world))];
  const holds = over.length === 0 ? new Map<number, Hold>() : await liveHolds(world);
  let started = 0;
  for (const task of over)
    if (!holds.has(task.key) && memory.inflight.start(`reap ${task.key}`, (signal) => clearOver(world, { task, signal }))) started += 1;
  const now = world.clock.now();
  if (Math.abs(now - memory.lookedForLeftovers) >= searchEvery) {
    memory.lookedForLeftovers = now;
    started += await reapLeftovers(world);
  }
  // A removal that fails is reported by a warning of its own.
  return started === 0 ? null : `${started} ${started === 1 ? 'leftover' : 'leftovers'} to remove`;
}

/** Delivered tasks whose pull request has been waiting for so long that their site is only made anew when it is needed. */
async function unused(world: World): Promise<readonly Task[]> {
  const waiting = await world.store.tasks({ states: ['delivered'], withSite: true });
  const found: Task[] = [];
  for (const task of waiting) if (await isUnused(world, task)) found.push(task);
  return found;
}

async function isUnused({ settings, clock }: World, task: Task): Promise<boolean> {
  const pull = openedPull(task.delivery);
  if (task.state !== 'delivered' || task.site === null || pull === null || pull.answer !== null) return false;
  const { keepDays } = (await settings(task.repo)).sites;
  return clock.now() - pull.head.at > keepDays * 24 * hour;
}

/** Holds the task, so that no worker starts and no person attaches in the folders that are removed. */
async function clearOver(world: World, given: { task: Task; signal: AbortSignal }): Promise<void> {
  const { task, signal } = given;
  await whileHeld(world, { task, holder: world.holder, what: 'clearing' }, async (now) => {
    // The task may have been queued again since it was found.
    const isOver = now.state === 'done' || now.state === 'cancelled';
    if (isOver || (await isUnused(world, now))) await clearTask(world, { task: now, keepBranch: true, signal });
    if (isOver) await forgetBranch(world, now);
  });
}

async function reapLeftovers(world: World): Promise<number> {
  await world.store.trimFeed({ before: world.clock.now() - feedLasts });
  world.memory.inflight.start('reap calls', () => endCallsOfTheGone(world));
  for (const repo of await world.store.repos())
    for (const source of world.sources)
      if (source.tidy !== undefined) world.memory.inflight.start(`reap ${source.name} ${repo}`, async () => source.tidy?.(repo));
  const found = await findLeftovers(world);
  for (const leftover of found) {
    const key = `reap ${leftover.kind} ${leftover.kind === 'processes' ? leftover.attempt : leftover.name}`;
    world.memory.inflight.start(key, (signal) => removeLeftover(world, { leftover, signal }));
  }
  return found.length;
}
