// The person's repository is read-only for what a worker runs. Where a folder cannot be, it is left writable, and a person
// is told so once, because only a person can put things elsewhere.
import { neededBy, protection, type Protection } from '../core/protect.ts';
import type { Settings } from '../core/settings.ts';
import type { Task } from '../core/task.ts';
import type { Boundary, Place } from '../ports/place.ts';
import type { Ports, World } from './world.ts';

type ProtectPorts = Pick<Ports, 'repo' | 'env' | 'folders' | 'realPath'>;

export interface Kept extends Protection {
  /** Whether the place can do it. */
  readonly can: boolean;
}

/** `checkout` null: of a task that has none yet. */
export async function keptFrom(
  ports: ProtectPorts,
  given: { readonly place: Place; readonly repo: string; readonly settings: Settings; readonly checkout: string | null },
): Promise<Kept> {
  const { worker, delivery } = given.settings;
  const { env, folders, realPath } = ports;
  const { root, common } = await ports.repo.find(given.repo, { remote: delivery.remote });
  const needed = neededBy({ env, state: folders.root, checkout: given.checkout });
  const { protect, left } = protection({
    folders: [root, common, folders.readers].map(realPath),
    needed: needed.map(({ what, path }) => ({ what, path: realPath(path) })),
  });
  return { protect, left, can: await given.place.protects({ isolate: worker.pidNamespace, protect }) };
}

/** The boundary of what a worker runs, and of what runs what it wrote. */
export async function boundaryOf(
  world: World,
  given: { readonly place: Place; readonly task: Task; readonly settings: Settings; readonly checkout: string },
): Promise<Boundary> {
  const { place, task, settings, checkout } = given;
  const isolate = settings.worker.pidNamespace;
  if (settings.worker.protect === 'off') return { isolate, protect: [] };
  const kept = await keptFrom(world, { place, repo: task.repo, settings, checkout });
  for (const { message, hint } of problemsOf(kept)) warnOnce(world, { task, message, hint });
  return { isolate, protect: kept.protect };
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

function warnOnce(world: World, given: { readonly task: Task; readonly message: string; readonly hint: string }): void {
  if (world.memory.warned.has(given.message)) return;
  world.memory.warned.add(given.message);
  world.emit({ type: 'warning', task: given.task.id, attempt: null, code: 'unprotected', message: given.message, hint: given.hint });
}
