// Which of a person's folders can be read-only for a worker: those that hold nothing that the worker must be able to write.
import type { Env } from './environment.ts';

export interface Needed {
  /** As a person is told of it: `the home folder`. */
  readonly what: string;
  /** Absolute. */
  readonly path: string;
}

export interface Protection {
  readonly protect: readonly string[];
  readonly left: readonly { readonly folder: string; readonly holds: Needed }[];
}

/** What a worker writes to. `state`: the folder in which Yardmaster keeps its own, the agents' private folders among it. */
export function neededBy(given: { readonly env: Env; readonly state: string; readonly checkout: string | null }): readonly Needed[] {
  const { env, state, checkout } = given;
  const all = [
    ['the state of Yardmaster', state],
    ['the checkout that the task is worked on in', checkout],
    ['the home folder', env['HOME']],
    ['the folder for temporary files', filled(env['TMPDIR']) ?? '/tmp'],
    ['the folder of XDG_CONFIG_HOME', env['XDG_CONFIG_HOME']],
    ['the folder of XDG_CACHE_HOME', env['XDG_CACHE_HOME']],
    ['the folder of XDG_DATA_HOME', env['XDG_DATA_HOME']],
  ] as const;
  return all.flatMap(([what, path]) => (path?.startsWith('/') === true ? [{ what, path }] : []));
}

/** An empty variable counts as unset. */
function filled(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

/**
 * All paths have their symbolic links resolved. Each folder is decided on by itself: where a whole checkout cannot be
 * protected, its git folder may.
 */
export function protection(given: { readonly folders: readonly string[]; readonly needed: readonly Needed[] }): Protection {
  const protect: string[] = [];
  const left: Protection['left'][number][] = [];
  for (const folder of new Set(given.folders)) {
    const needed = given.needed.find(({ path }) => holds({ folder, path }));
    if (needed === undefined) protect.push(folder);
    else left.push({ folder, holds: needed });
  }
  return { protect, left };
}

/** Is it the folder itself, or in it? Both are absolute, without `.` and `..`. */
export function holds(given: { readonly folder: string; readonly path: string }): boolean {
  const { folder, path } = given;
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
