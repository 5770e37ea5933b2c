// The site of a task on a machine in memory: its worker sees each folder under a different path than the supervisor does,
// and none of its files are on the disk of this process.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { PlaceSite, Program, SiteRequest } from '../../src/ports/place-site.ts';

/** The files by the paths that workers see. */
export type Files = Map<string, string | Uint8Array>;

/** The prefix that workers see before each of the supervisor's paths. */
export const inside = '/inside';

/** The environment of the machine itself, whatever the supervisor's is. */
const own = { PATH: `${inside}/bin`, HOME: `${inside}/home` };

export function fakeSite(given: { readonly files: Files; readonly request: SiteRequest }): PlaceSite {
  const { files, request } = given;
  const { checkout, taskFolder, privateFolder, env } = request;
  return {
    checkout: within(checkout),
    taskFolder: within(taskFolder),
    privateFolder: within(privateFolder),
    env: { ...env, ...own },
    uid: 1000,
    find: async (program) => findIn(files, program),
    async text(path) {
      const content = files.get(path);
      return content === undefined ? null : Buffer.from(content).toString();
    },
    async open(path, use) {
      const content = files.get(path);
      return content === undefined ? null : lent({ name: basename(path), content, use });
    },
  };
}

/** The path as workers see it. */
export function within(path: string): string {
  return `${inside}${path}`;
}

/** Finds a program among the files; every file on this machine counts as one. */
export function findIn(files: Files, program: Program): string | null {
  if (program.path.includes('/')) return files.has(program.path) ? program.path : null;
  const folders = (program.env['PATH'] ?? own.PATH).split(':');
  return folders.map((folder) => join(folder, program.path)).find((path) => files.has(path)) ?? null;
}

function lent<T>(given: { readonly name: string; readonly content: string | Uint8Array; readonly use: (here: string) => T }): T {
  const folder = mkdtempSync(join(tmpdir(), 'yard-lent-'));
  try {
    const here = join(folder, given.name);
    writeFileSync(here, given.content);
    return given.use(here);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
