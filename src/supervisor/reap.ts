// Phase 5: what finished tasks leave behind is taken away: worktrees, after proof that nothing in them is lost, and
// the agents' private folders. Worktrees of failed and blocked tasks stay, for a retry and for people. And what
// supervisors that died left without anybody to look after it: looked for at the start and from time to time.
import { minute } from '../core/time.ts';
import { clearTask } from './clear.ts';
import { findLeftovers, removeLeftover } from './leftovers.ts';
import type { World } from './world.ts';

/** A look costs a scan of all processes; only the death of a supervisor can have left something. */
const lookEvery = 5 * minute;

export async function reap(world: World): Promise<string | null> {
  const { memory } = world;
  const over = await world.store.tasks({ states: ['done', 'cancelled'], withWorktree: true });
  let started = 0;
  for (const task of over) if (memory.inflight.start(`reap ${task.key}`, () => clearTask(world, { task, keepBranch: true }))) started += 1;
  const now = world.clock.now();
  if (Math.abs(now - memory.lookedForLeftovers) >= lookEvery) {
    memory.lookedForLeftovers = now;
    started += await reapLeftovers(world);
  }
  return started === 0 ? null : `${started} ${started === 1 ? 'leftover' : 'leftovers'} taken away`;
}

async function reapLeftovers(world: World): Promise<number> {
  const found = await findLeftovers(world);
  for (const leftover of found) {
    const key = `reap ${leftover.kind} ${leftover.kind === 'processes' ? leftover.attempt : leftover.name}`;
    world.memory.inflight.start(key, () => removeLeftover(world, leftover));
  }
  return found.length;
}
