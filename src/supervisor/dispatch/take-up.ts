// Queues blocked tasks again that had no route because an agent, an account or a place was missing, as soon as there is a
// route.
import { Fault } from '../../core/fault.ts';
import type { RouteReason } from '../../core/reason/route-reason.ts';
import type { TaskReason } from '../../core/reason/task-reason.ts';
import { textOf } from '../../core/reason/words.ts';
import type { Task } from '../../core/task/task.ts';
import { second, type Duration } from '../../core/time.ts';
import { isUnrouted } from '../../core/task/unrouted.ts';
import { takeSeen, type Seen } from './known-accounts.ts';
import { recordPrograms } from './programs.ts';
import { inScope } from './snapshot.ts';
import { routeTask } from './route-task.ts';
import { emitMoved } from '../emit-moved.ts';
import type { World } from '../world.ts';

/** Every check decides the route of each of these tasks. */
const every: Duration = 10 * second;

export async function takeUp(world: World): Promise<void> {
  const { store, memory, clock, scope } = world;
  const now = clock.now();
  if (Math.abs(now - memory.lookedAtBlocked) < every) return;
  memory.lookedAtBlocked = now;
  const blocked = (await store.tasks({ states: ['blocked'] })).filter((task) => inScope(scope, task) && isUnrouted(task.reason));
  if (blocked.length === 0) return;
  const seen = await takeSeen(world, []);
  for (const task of blocked) {
    const route = await routeAgain(world, { task, seen });
    if (route === null) continue;
    const reason: TaskReason = { code: 'route-found', facts: { route } };
    if ((await store.moveTask({ key: task.key, from: ['blocked'], to: 'queued', reason, at: now })) !== 'ok') continue;
    memory.touched.add(task.key);
    emitMoved(world, { task, from: 'blocked', to: 'queued', reason: textOf(reason) });
  }
}

/** The reasons of the route; null: there is none, or it cannot be decided now. */
async function routeAgain(world: World, given: { readonly task: Task; readonly seen: Seen }): Promise<readonly RouteReason[] | null> {
  const { task, seen } = given;
  try {
    await recordPrograms(world, { seen, settings: await world.settings(task.repo) });
    const route = await routeTask(world, { task, seen, full: () => false });
    // A sign-in that failed before is tried again only when a person asks for it.
    const isFound = !('refused' in route) && !('tried' in route && seen.accounts.has(route.tried));
    return isFound ? route.reasons : null;
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}
