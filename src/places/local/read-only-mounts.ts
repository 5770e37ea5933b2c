// Computes the mounts that make folders read-only in a private mount namespace. A folder inside another one needs no mount
// of its own. A file system that is mounted inside a folder needs one, because existing mounts keep their mode. For the
// same reason, a folder inside them stays writable if it is first mounted onto itself.
import { readFileSync, realpathSync } from 'node:fs';
import { holds } from '../../core/security/protect.ts';

export interface Mount {
  /** For `mount -o`. A `remount` changes an existing mount. */
  readonly options: string;
  readonly folder: string;
}

interface MountPoint {
  readonly path: string;
  /** The options of the mount that a user namespace must not remove: the kernel refuses a change that would. */
  readonly kept: readonly string[];
}

/**
 * Reads the mounts once, and answers for any set of folders that stay writable. Missing folders are skipped: they contain
 * nothing that could be overwritten.
 */
export function readOnlyMounts(folders: readonly string[]): (writable: readonly string[]) => readonly Mount[] {
  if (folders.length === 0) return () => [];
  const real = [...new Set(folders.flatMap(realPath))];
  const protect = real.filter((folder) => !real.some((other) => other !== folder && holds({ folder: other, path: folder })));
  const points = mountPoints(readFileSync('/proc/self/mountinfo', 'utf8'));
  return (writable) => mountsFor({ protect, writable: writable.flatMap(realPath), points });
}

function realPath(folder: string): string[] {
  try {
    return [realpathSync.native(folder)];
  } catch {
    return [];
  }
}

/** In the order in which they have to be made. */
export function mountsFor(given: {
  readonly protect: readonly string[];
  readonly writable: readonly string[];
  readonly points: ReadonlyMap<string, MountPoint>;
}): readonly Mount[] {
  const { points } = given;
  const isIn = (folders: readonly string[], path: string): boolean => folders.some((folder) => holds({ folder, path }));
  const inner = [...points.values()].filter(({ path }) => isIn(given.protect, path) && !isIn(given.writable, path));
  const bound = given.protect.filter((folder) => !points.has(folder));
  const own = given.writable.filter((folder) => isIn(given.protect, folder) && !points.has(folder));
  return [
    ...own.map((folder) => ({ options: 'bind', folder })),
    ...inner.map(({ path, kept }) => ({ options: ['remount', 'bind', 'ro', ...kept].join(), folder: path })),
    ...bound.map((folder) => ({ options: ['rbind', 'ro', ...keptAt(points, folder)].join(), folder })),
  ];
}

/** `table`: /proc/self/mountinfo, see proc(5). If several are mounted at one point, the last one is visible. */
export function mountPoints(table: string): ReadonlyMap<string, MountPoint> {
  const points = new Map<string, MountPoint>();
  for (const line of table.split('\n')) {
    const [, , , , point, options] = line.split(' ');
    if (point === undefined || options === undefined) continue;
    const path = point.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCodePoint(Number.parseInt(octal, 8)));
    points.set(path, { path, kept: options.split(',').filter((option) => lockable.has(option)) });
  }
  return points;
}

const lockable = new Set(['nosuid', 'nodev', 'noexec']);

/** Those options of the mount that contains the folder. */
function keptAt(points: ReadonlyMap<string, MountPoint>, folder: string): readonly string[] {
  const around = [...points.values()].filter(({ path }) => holds({ folder: path, path: folder }));
  return around.toSorted((a, b) => b.path.length - a.path.length)[0]?.kept ?? [];
}
