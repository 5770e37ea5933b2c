// Holds: a process that works on a task outside of an attempt (a person's session, the taking away of its worktree)
// says so in the store, and nobody else dispatches or reaps the task meanwhile. A hold ends with its process, however
// that ends: whoever looks and finds the holder gone ends the hold.
import type { HoldKind } from '../../core/task/schedule.ts';
import type { Task } from '../../core/task/task.ts';
import type { Hold } from '../../ports/store.ts';
import type { Ports } from '../world.ts';

/** What it takes to tell whose holds still stand; looking for a process may have to be loaded first. */
export interface HoldPorts extends Pick<Ports, 'store'> {
  readonly host: { isGone(identity: string): boolean | Promise<boolean> };
}

/** The holds that stand, by task key. */
export async function liveHolds(ports: HoldPorts): Promise<ReadonlyMap<number, Hold>> {
  const live = new Map<number, Hold>();
  for (const hold of await ports.store.holds()) {
    // On a full disk the record stays, and nobody needs to stop looking for that.
    if (await ports.host.isGone(hold.holder)) await ports.store.unhold(hold).catch(() => undefined);
    else live.set(hold.key, hold);
  }
  return live;
}

/**
 * Does the work with the task held, given as it stands then; answers false, and does nothing, when another process
 * holds it. `passOn`: from here on it is held for as long as that process lives, whatever becomes of this one.
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
