// The person's repository and our own state are read-only for what a worker runs, but for the worker's own folders. Where a
// folder cannot be, it is left writable, and a person is told so once, because only a person can put things elsewhere.
import { neededBy, protection, type Protection } from '../../core/security/protect.ts';
import type { Settings } from '../../core/settings.ts';
import type { Task } from '../../core/task/task.ts';
import type { Boundary, Place } from '../../ports/place.ts';
import { taskFolder } from './site.ts';
import { warnOnce } from '../warn-once.ts';
import type { Ports, World } from '../world.ts';

type ProtectPorts = Pick<Ports, 'repo' | 'env' | 'folders' | 'realPath'>;

export interface Kept extends Protection {
  readonly writable: readonly string[];
  /** Whether the place can do it. */
  readonly can: boolean;
}

/** `writable`: what the worker has of its own; none of a task that has none yet. */
export async function keptFrom(
  ports: ProtectPorts,
  given: { readonly place: Place; readonly repo: string; readonly settings: Settings; readonly writable: readonly string[] },
): Promise<Kept> {
  const { worker, delivery } = given.settings;
  const { env, folders, realPath } = ports;
  const { root, common } = await ports.repo.find(given.repo, { remote: delivery.remote });
  const { protect, left } = protection({
    folders: [root, common, folders.root, folders.readers].map(realPath),
    needed: neededBy(env).map(({ what, path }) => ({ what, path: realPath(path) })),
  });
  const { writable } = given;
  return { protect, left, writable, can: await given.place.protects({ isolate: worker.pidNamespace, protect, writable }) };
}

/** The boundary of what a worker runs, and of what runs what it wrote. */
export async function boundaryOf(
  world: World,
  given: { readonly place: Place; readonly task: Task; readonly settings: Settings; readonly checkout: string },
): Promise<Boundary> {
  const { place, task, settings, checkout } = given;
  const isolate = settings.worker.pidNamespace;
  if (settings.worker.protect === 'off') return { isolate, protect: [], writable: [] };
  const kept = await keptFrom(world, { place, repo: task.repo, settings, writable: [checkout, taskFolder(world, task)] });
  for (const { message, hint } of problemsOf(kept)) warnOnce(world, { task, repo: task.repo, code: 'unprotected', message, hint });
  return { isolate, protect: kept.protect, writable: kept.writable };
}

export function problemsOf(kept: Kept): { readonly message: string; readonly hint: string }[] {
  if (!kept.can) {
    return [
      {
        message: `${kept.protect.join(' and ')} cannot be made read-only for workers: this system gives this user no user and mount namespaces`,
        hint: 'allow them (docs/security.md says how), or set worker.protect: off if workers may write there',
      },
    ];
  }
  return kept.left.map(({ folder, holds }) => ({
    message: `${folder} stays writable for workers, because ${holds.what} (${holds.path}) is in it`,
    hint: 'move one of the two elsewhere, or set worker.protect: off if workers may write there',
  }));
}
