// Which mounts make folders read-only in a mount namespace of one's own. A folder that lies in another one needs none of
// its own; a file system that is mounted within a folder needs one, because what is mounted there stays as it is. For the
// same reason a folder within them stays writable when it is mounted onto itself before.
import { readFileSync, realpathSync } from 'node:fs';
import { holds } from '../../core/security/protect.ts';

export interface Mount {
  /** For `mount -o`. A `remount` changes what is mounted there already. */
  readonly options: string;
  readonly folder: string;
}

interface MountPoint {
  readonly path: string;
  /** Those of its options that a user namespace may not take away: the kernel refuses a change that would. */
  readonly kept: readonly string[];
}

/**
 * Looks once, and answers for whatever is to stay writable. Folders that are missing are skipped: nothing can be written there
 * that would be somebody's already.
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

/** `table`: /proc/self/mountinfo, see proc(5). Of several that are mounted at one point, the last one is seen. */
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

/** Of the mount that the folder lies in. */
function keptAt(points: ReadonlyMap<string, MountPoint>, folder: string): readonly string[] {
  const around = [...points.values()].filter(({ path }) => holds({ folder: path, path: folder }));
  return around.toSorted((a, b) => b.path.length - a.path.length)[0]?.kept ?? [];
}
