// Makes the person's repository and our own state read-only for everything that a worker runs, except the worker's own
// folders. If a folder cannot be protected, it stays writable, and a person is warned once, because only a person can move
// things elsewhere.
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
  /** Whether the place can make them read-only. */
  readonly can: boolean;
}

/** `writable`: the worker's own folders; none if the task has none yet. */
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

/** The boundary for workers, and for commands that run what a worker wrote. */
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
        message: `${kept.protect.join(' and ')} cannot be made read-only for workers: this user may not create user and mount namespaces on this system`,
        hint: 'allow them as docs/security.md describes, or set worker.protect: off if workers may write there',
      },
    ];
  }
  return kept.left.map(({ folder, holds }) => ({
    message: `${folder} stays writable for workers, because ${holds.what} (${holds.path}) is in it`,
    hint: 'move one of the two elsewhere, or set worker.protect: off if workers may write there',
  }));
}
