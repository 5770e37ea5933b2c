// Holds: a process that works on a task outside of an attempt (a person's session, the removal of its worktree) records
// this in the store, and meanwhile nobody else dispatches or reaps the task. A hold ends with its process, however that
// ends: the next process that reads the holds removes those whose holder is gone.
import type { HoldKind } from '../../core/task/schedule.ts';
import type { Task } from '../../core/task/task.ts';
import type { Hold } from '../../ports/store.ts';
import type { Ports } from '../world.ts';

/**
 * The ports for finding out which holds still count. `isGone` may be asynchronous, because its implementation may have to
 * be loaded first.
 */
export interface HoldPorts extends Pick<Ports, 'store'> {
  readonly host: { isGone(identity: string): boolean | Promise<boolean> };
}

/** The holds whose processes live, by task key. */
export async function liveHolds(ports: HoldPorts): Promise<ReadonlyMap<number, Hold>> {
  const live = new Map<number, Hold>();
  for (const hold of await ports.store.holds()) {
    // If the disk is full, the record stays, which does no harm.
    if (await ports.host.isGone(hold.holder)) await ports.store.unhold(hold).catch(() => undefined);
    else live.set(hold.key, hold);
  }
  return live;
}

/**
 * Does the work while the task is held. The work gets the task as it is stored at that time. Returns false, and does
 * nothing, if another process holds the task. `passOn` hands the hold to another process: from then on the task is held for
 * as long as that process lives, whatever happens to this one.
 */
export async function whileHeld(
  ports: HoldPorts & Pick<Ports, 'clock'>,
  given: { readonly task: Task; readonly holder: string; readonly what: HoldKind },
  work: (task: Task, passOn: (to: string) => Promise<void>) => Promise<void>,
): Promise<boolean> {
  const { task, what } = given;
  const { store, clock } = ports;
  await liveHolds(ports);
  const { key } = task;
  let { holder } = given;
  if (!(await store.hold({ key, holder, what, at: clock.now() }))) return false;
  const passOn = async (to: string): Promise<void> => {
    if (await store.hold({ key, holder: to, what, at: clock.now(), instead: holder })) holder = to;
  };
  try {
    await work((await store.taskByKey(key)) ?? task, passOn);
  } finally {
    await store.unhold({ key, holder });
  }
  return true;
}
