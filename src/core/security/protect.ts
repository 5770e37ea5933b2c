// Decides which folders can be read-only for a worker: those that contain nothing that the worker must be able to write,
// except for its own folders, which stay writable within them.
import type { Env } from './environment.ts';

export interface Needed {
  /** The name for people, such as `the home folder`. */
  readonly what: string;
  /** An absolute path. */
  readonly path: string;
}

export interface Protection {
  readonly protect: readonly string[];
  readonly left: readonly { readonly folder: string; readonly holds: Needed }[];
}

/** Folders that a worker shares with everything else that a person runs, and writes to. */
export function neededBy(env: Env): readonly Needed[] {
  const all = [
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
 * All paths have their symbolic links resolved. Each folder is decided on separately: if a whole checkout cannot be
 * protected, its git folder may still be. Everything within a protected folder is protected with it.
 */
export function protection(given: { readonly folders: readonly string[]; readonly needed: readonly Needed[] }): Protection {
  const protect: string[] = [];
  const left: Protection['left'][number][] = [];
  for (const folder of new Set(given.folders)) {
    const needed = given.needed.find(({ path }) => holds({ folder, path }));
    if (needed === undefined) protect.push(folder);
    else left.push({ folder, holds: needed });
  }
  return { protect: protect.filter((path) => !protect.some((folder) => folder !== path && holds({ folder, path }))), left };
}

/** Whether the path is the folder itself or lies within it. Both are absolute, without `.` and `..`. */
export function holds(given: { readonly folder: string; readonly path: string }): boolean {
  const { folder, path } = given;
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
