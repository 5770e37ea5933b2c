// Phase 5: what finished tasks leave behind is taken away: worktrees, after proof that nothing in them is lost, and
// the agents' private folders. Worktrees of failed and blocked tasks stay, for a retry and for people. And what
// supervisors that died left without anybody to look after it: looked for at the start and from time to time.
import { hour, minute } from '../../core/time.ts';
import type { Task } from '../../core/task/task.ts';
import type { Hold } from '../../ports/store.ts';
import { clearTask } from './clear.ts';
import { liveHolds, whileHeld } from './holds.ts';
import { findLeftovers, removeLeftover } from './leftovers.ts';
import { endCallsOfTheGone } from '../watch/watch.ts';
import type { World } from '../world.ts';

/** A look costs a scan of all processes; only the death of a supervisor can have left something. */
const lookEvery = 5 * minute;

/** So long what happened can be read on from a mark. */
const feedLasts = 14 * 24 * hour;

export async function reap(world: World): Promise<string | null> {
  const { memory } = world;
  const over = await world.store.tasks({ states: ['done', 'cancelled'], withSite: true });
  const holds = over.length === 0 ? new Map<number, Hold>() : await liveHolds(world);
  let started = 0;
  for (const task of over)
    if (!holds.has(task.key) && memory.inflight.start(`reap ${task.key}`, (signal) => clearOver(world, { task, signal }))) started += 1;
  const now = world.clock.now();
  if (Math.abs(now - memory.lookedForLeftovers) >= lookEvery) {
    memory.lookedForLeftovers = now;
    started += await reapLeftovers(world);
  }
  // One that cannot be is told as a warning of its own.
  return started === 0 ? null : `${started} ${started === 1 ? 'leftover' : 'leftovers'} to take away`;
}

/** Held, so that no worker is started and no person sits down in what is being taken away. */
async function clearOver(world: World, given: { task: Task; signal: AbortSignal }): Promise<void> {
  const { task, signal } = given;
  await whileHeld(world, { task, holder: world.holder, what: 'clearing' }, async (now) => {
    // It may have been queued again since it was found.
    if (now.state === 'done' || now.state === 'cancelled') await clearTask(world, { task: now, keepBranch: true, signal });
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
