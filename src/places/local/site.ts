// The site of a task on this machine, where the worker sees the same files as this process.
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Env } from '../../core/security/environment.ts';
import { which } from '../../lib/which.ts';
import type { PlaceSite, Program, SiteRequest } from '../../ports/place-site.ts';

export function localSite(request: SiteRequest): PlaceSite {
  const { env, checkout } = request;
  return {
    ...request,
    uid: process.getuid?.() ?? 1,
    find: async (program) => findProgram({ program, env, cwd: checkout }),
    text: async (path) => (isFile(path) ? readFile(path, 'utf8').catch(() => null) : null),
    open: async (path, use) => (isFile(path) ? use(path) : null),
  };
}

export function findProgram(given: { readonly program: Program; readonly env: Env; readonly cwd: string }): string | null {
  const { program, env, cwd } = given;
  return which({ name: program.path, searchPath: program.env['PATH'] ?? env['PATH'] ?? '', cwd });
}

/**
 * Whether there is a regular file. An agent may have about thirty files, most of which do not exist, and an exception for
 * each missing one would cost ten times as much as this check. Nothing but regular files may be opened, because reading a
 * pipe that a worker left would wait for ever.
 */
function isFile(path: string): boolean {
  return existsSync(path) && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
