// Finds and removes folders and processes that were left behind, by records only (core/task/leftovers.ts).
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { Task } from '../../core/task/task.ts';
import { leftovers, recordsOf, type Found, type Leftover } from '../../core/task/leftovers.ts';
import { clearWorktree } from './clear.ts';
import { liveHolds, type HoldPorts } from './holds.ts';
import { warnOfProcessesLeft } from '../watch/watch.ts';
import type { World } from '../world.ts';

type Looking = HoldPorts & Pick<World, 'places' | 'folders' | 'listFolder'>;

/**
 * The order matters: folders and processes are listed before the records are read, so that nothing in the making counts as
 * left behind.
 */
export async function findLeftovers(world: Looking): Promise<readonly Leftover[]> {
  const { store, places, folders, listFolder } = world;
  const [workers, checkouts, readers, attempts, tasks, trash] = await Promise.all([
    markedIn(places),
    listFolder(folders.worktrees),
    // The reader of a checkout that somebody deleted still exists.
    listFolder(folders.readers),
    listFolder(folders.attempts),
    listFolder(folders.tasks),
    listFolder(folders.trash),
  ]);
  const found: Found = { workers, worktrees: [...new Set([...checkouts, ...readers])], attempts, tasks, trash };
  const named = recordsOf(found);
  const open = (await store.openAttempts()).map((attempt) => attempt.taskKey);
  const busy = new Set([...open, ...(await liveHolds(world)).keys()]);
  return leftovers({ found, attempts: await store.attemptsByIds(named.attempts), tasks: await store.tasksByKeys(named.tasks), busy });
}

async function markedIn(places: World['places']): Promise<Found['workers']> {
  const all = await Promise.all(
    [...places.values()].map(async (place) => (await place.marked()).map((one) => ({ ...one, place: place.facts.name }))),
  );
  return all.flat();
}

export async function removeLeftover(world: World, given: { leftover: Leftover; signal: AbortSignal }): Promise<void> {
  const { leftover, signal } = given;
  switch (leftover.kind) {
    case 'processes': {
      const attempt = await world.store.attempt(leftover.attempt);
      const left = (await world.places.get(leftover.place)?.end({ marker: leftover.attempt, graceMs: 1000 }))?.left ?? [];
      if (left.length > 0 && attempt !== null) warnOfProcessesLeft(world, { attempt, left });
      return;
    }
    case 'worktree':
      return removeWorktree(world, { leftover, signal });
    case 'attempt folder':
      return world.removeFolder(join(world.folders.attempts, leftover.name));
    case 'task folder':
      return world.removeFolder(join(world.folders.tasks, leftover.name));
    case 'deleted folder':
      return world.repo.finishDeletion(join(world.folders.trash, leftover.name));
  }
}

/**
 * Removes a worktree of the task's own repository only: a folder of the same name that belongs to another repository is not
 * ours.
 */
async function removeWorktree(
  world: World,
  given: { leftover: Extract<Leftover, { kind: 'worktree' }>; signal: AbortSignal },
): Promise<void> {
  const { leftover, signal } = given;
  const { task } = leftover;
  const path = join(world.folders.worktrees, leftover.name);
  // A process that could not be ended, which is reported, may still write there; the folder is removed at a later search.
  if (!(await endLeft(world, task))) return;
  const made = await world.repo.describeSite(path);
  if (made === null && (await world.repo.removeBegun(path))) return;
  const { delivery } = await world.settings(task.repo);
  if (made === null || made.common !== (await world.repo.find(task.repo, delivery)).common) {
    throw new Fault({
      code: 'not-a-worktree',
      message: `${path} is left alone, because it is not a worktree of ${task.repo}`,
      hint: 'check what it contains, and remove it by hand',
    });
  }
  await clearWorktree(world, { task, path, branch: made.branch, keepBranch: false, signal });
}

/** Ends the processes left by the task's closed attempts, and returns whether none remains. */
async function endLeft(world: World, task: Task): Promise<boolean> {
  const closed = new Set((await world.store.attempts(task.key)).flatMap(({ id, state }) => (state === 'closed' ? [id] : [])));
  const marked = (await markedIn(world.places)).filter(({ marker }) => closed.has(marker));
  const ends = marked.map(async ({ place, marker }) => (await world.places.get(place)?.end({ marker, graceMs: 1000 }))?.left ?? []);
  return (await Promise.all(ends)).flat().length === 0;
}
