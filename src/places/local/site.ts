// What a task works in on this machine, where the worker sees what this process sees.
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
 * Of some thirty places where an agent may have a file most have none, and an error for each would cost ten times the
 * look. What a worker left is not opened unless it is a file: a pipe would be waited for.
 */
function isFile(path: string): boolean {
  return existsSync(path) && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
