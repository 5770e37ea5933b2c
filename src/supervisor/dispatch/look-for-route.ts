// Finds the obstacles to starting a queued task other than its waits: its route, its MCP servers, and the room for its
// worker.
import type { Full } from '../../core/reason/standing-reason.ts';
import { isUntrusted, type Look } from '../../core/task/standing.ts';
import { capReached, type Slot } from '../../core/task/schedule.ts';
import type { Chosen } from '../../core/route/route.ts';
import type { Task } from '../../core/task/task.ts';
import type { Seen } from './known-accounts.ts';
import { fullPlaces, type Capacity } from './capacity.ts';
import { serversOf } from '../prepare/servers.ts';
import { capsOf, type Snapshot } from './snapshot.ts';
import { routeTask } from './route-task.ts';
import { describe, type Ports } from '../world.ts';

/** The capacity as of one pass over all tasks; workers that are started during the pass are added. */
export interface Room {
  readonly capacity: Capacity;
  readonly taken: readonly Slot[];
  readonly begun: readonly Chosen[];
  readonly batches: Snapshot['batches'];
}

export async function lookForRoute(
  ports: Parameters<typeof routeTask>[0],
  given: { readonly task: Task; readonly seen: Seen; readonly room: Room; readonly full: ReturnType<typeof fullPlaces> },
): Promise<Look> {
  const { task, room } = given;
  try {
    const route = await routeTask(ports, given);
    if (isUntrusted(route)) return { route, servers: null, full: null };
    const settings = await ports.settings(task.repo);
    const agent = 'refused' in route ? null : route.agent;
    const servers = await serversOf(ports, { task, settings, agent });
    const isChosen = !('refused' in route) && !('tried' in route);
    return {
      route,
      servers: 'problem' in servers ? servers.problem : null,
      full: isChosen ? await fullFor(ports, { task, route, room }) : null,
    };
  } catch (error) {
    return { failed: describe(error, `route of ${task.id}`) };
  }
}

export function slotFor(task: Task, { model, account, place, host }: Chosen): Slot {
  return { repo: task.repo, model, account, batch: task.batch, place, host };
}

async function fullFor(
  ports: Pick<Ports, 'settings'>,
  given: { readonly task: Task; readonly route: Chosen; readonly room: Room },
): Promise<Full | null> {
  const { task, route, room } = given;
  const { capacity, taken, begun, batches } = room;
  const settings = await ports.settings(task.repo);
  const reached = capReached({ caps: capsOf({ settings, capacity, batches }), taken, wanted: slotFor(task, route) });
  if (reached !== null) return reached;
  const missing = capacity.missing(route, begun);
  return missing === null ? null : { code: 'memory', facts: missing };
}
