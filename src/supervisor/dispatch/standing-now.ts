// How a queued task stands, computed without a running supervisor: the result that a supervisor with this configuration
// would find.
import type { Settings } from '../../core/settings.ts';
import { allFull } from '../../core/task/schedule.ts';
import type { Full, QueuedStanding } from '../../core/reason/standing-reason.ts';
import { queuedStanding, type Look } from '../../core/task/standing.ts';
import type { Task } from '../../core/task/task.ts';
import { takeSeen } from './known-accounts.ts';
import { fullPlaces, takeCapacity } from './capacity.ts';
import { lookForRoute } from './look-for-route.ts';
import { openOf, placeFacts, slotOf, waitOf, type Snapshot } from './snapshot.ts';
import { describe, type Ports } from '../world.ts';

/** For a task that is not queued, the answer is `unlooked`. */
export async function standingNow(ports: Ports, given: { readonly task: Task; readonly snapshot: Snapshot }): Promise<QueuedStanding> {
  const { task, snapshot } = given;
  if (task.state !== 'queued') return queuedStanding({ wait: null, look: null });
  const wait = waitOf(snapshot, { task, now: ports.clock.now(), named: false, begun: [] });
  // A route is only sought for tasks that wait for nothing but time.
  if (wait !== null && wait.code !== 'back-off') return queuedStanding({ wait, look: null });
  return queuedStanding({ wait, look: await lookNow(ports, given) });
}

async function lookNow(ports: Ports, given: { readonly task: Task; readonly snapshot: Snapshot }): Promise<Look> {
  const { task, snapshot } = given;
  try {
    const seen = await takeSeen(ports, openOf(snapshot));
    const settings = await ports.settings(task.repo);
    const taken = snapshot.open.map(slotOf);
    const capacity = await capacityNow(ports, { settings, open: snapshot.open });
    if (allFull({ caps: capacity, taken, places: placeFacts(ports) })) return { busy: everyPlaceFull };
    const room = { capacity, taken, begun: [], batches: snapshot.batches };
    return await lookForRoute(ports, { task, seen, room, full: fullPlaces(capacity, { taken, begun: [] }) });
  } catch (error) {
    return { failed: describe(error, `route of ${task.id}`) };
  }
}

const everyPlaceFull: Full = { code: 'every-place', facts: {} };

/** The capacity that a supervisor with this configuration would find. */
export async function capacityNow(
  ports: Ports,
  given: { readonly settings: Settings; readonly open: Snapshot['open'] },
): ReturnType<typeof takeCapacity> {
  const { concurrency } = given.settings.supervisor;
  const marked = (await Promise.all([...ports.places.values()].map((place) => place.marked()))).flat();
  const sizes = new Map(marked.map(({ marker, memory }) => [marker, memory]));
  return takeCapacity({ ...ports, concurrency, sizeOf: (attempt) => sizes.get(attempt) ?? null }, given.open);
}
