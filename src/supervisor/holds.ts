// Holds: a process that works on a task outside of an attempt (a person's session, the taking away of its worktree)
// says so in the store, and nobody else dispatches or reaps the task meanwhile. A hold ends with its process, however
// that ends: whoever looks and finds the holder gone ends the hold.
import type { HoldKind } from '../core/schedule.ts';
import type { Task } from '../core/task.ts';
import type { Hold } from '../ports/store.ts';
import type { Ports } from './world.ts';

/** What it takes to tell whose holds still stand; looking for a process may have to be loaded first. */
export interface HoldPorts extends Pick<Ports, 'store'> {
  readonly place: { isGone(identity: string): boolean | Promise<boolean> };
}

/** The holds that stand, by task key. */
export async function liveHolds(ports: HoldPorts): Promise<ReadonlyMap<number, Hold>> {
  const live = new Map<number, Hold>();
  for (const hold of await ports.store.holds()) {
    if (await ports.place.isGone(hold.holder)) await ports.store.unhold(hold);
    else live.set(hold.key, hold);
  }
  return live;
}

/** Does the work with the task held, given as it stands then; answers false, and does nothing, when another process holds it. */
export async function whileHeld(
  ports: HoldPorts & Pick<Ports, 'clock'>,
  given: { readonly task: Task; readonly holder: string; readonly what: HoldKind },
  work: (task: Task) => Promise<void>,
): Promise<boolean> {
  const { task, holder, what } = given;
  await liveHolds(ports);
  if (!(await ports.store.hold({ key: task.key, holder, what, at: ports.clock.now() }))) return false;
  try {
    await work((await ports.store.taskByKey(task.key)) ?? task);
  } finally {
    await ports.store.unhold({ key: task.key, holder });
  }
  return true;
}
