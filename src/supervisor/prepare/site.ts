// The folders of a task, as this supervisor names them, and its site, as a worker sees it.
import { join } from 'node:path';
import type { Attempt } from '../../core/task/attempt.ts';
import { privateFolderName, taskFolderName } from '../../core/task/folder-names.ts';
import type { Task } from '../../core/task/task.ts';
import type { PlaceSite } from '../../ports/place-site.ts';
import { heldPlace } from '../watch/places.ts';
import type { Ports } from '../world.ts';

/** The agent's private files for this task. Sessions are resumed from here, so the folder lives as long as the task. */
export function taskFolder(ports: Pick<Ports, 'folders'>, task: Pick<Task, 'key' | 'id'>): string {
  return join(ports.folders.tasks, taskFolderName(task));
}

/** The folder for a worker's files that may contain secrets; it is removed when the worker ends. */
export function privateFolder(ports: Pick<Ports, 'folders'>, attempt: Pick<Attempt, 'id'>): string {
  return join(ports.folders.attempts, attempt.id, privateFolderName);
}

/**
 * The site in the attempt's place; this supervisor must hold the attempt's lease. `checkout` is the path on the
 * supervisor's side. Faults: `place-unreachable`.
 */
export function siteOf(
  ports: Pick<Ports, 'places' | 'folders' | 'env'>,
  given: { readonly task: Task; readonly attempt: Attempt; readonly checkout: string },
): Promise<PlaceSite> {
  const { task, attempt, checkout } = given;
  const folders = { checkout, taskFolder: taskFolder(ports, task), privateFolder: privateFolder(ports, attempt) };
  return heldPlace(ports, attempt).site({ ...folders, env: ports.env });
}
