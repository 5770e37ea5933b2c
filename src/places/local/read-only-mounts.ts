// Which mounts make folders read-only in a mount namespace of one's own. A folder that lies in another one needs none of
// its own; a file system that is mounted within a folder needs one, because what is mounted there stays as it is.
import { readFileSync, realpathSync } from 'node:fs';
import { holds } from '../../core/protect.ts';

export interface ReadOnlyMount {
  /** For `mount -o`. A `remount` changes what is mounted there already, and must come before the others. */
  readonly options: string;
  readonly folder: string;
}

interface MountPoint {
  readonly path: string;
  /** Those of its options that a user namespace may not take away: the kernel refuses a change that would. */
  readonly kept: readonly string[];
}

/** Folders that are missing are skipped: nothing can be written there that would be somebody's already. */
export function readOnlyMounts(folders: readonly string[]): readonly ReadOnlyMount[] {
  if (folders.length === 0) return [];
  const real = [...new Set(folders.flatMap(realPath))];
  const outer = real.filter((folder) => !real.some((other) => other !== folder && holds({ folder: other, path: folder })));
  return mountsFor({ folders: outer, table: readFileSync('/proc/self/mountinfo', 'utf8') });
}

function realPath(folder: string): string[] {
  try {
    return [realpathSync.native(folder)];
  } catch {
    return [];
  }
}

/** `table`: /proc/self/mountinfo, see proc(5). */
export function mountsFor(given: { readonly folders: readonly string[]; readonly table: string }): readonly ReadOnlyMount[] {
  const points = mountPoints(given.table);
  const inner = [...points.values()].filter(({ path }) => given.folders.some((folder) => holds({ folder, path })));
  const bound = given.folders.filter((folder) => !points.has(folder));
  return [
    ...inner.map(({ path, kept }) => ({ options: ['remount', 'bind', 'ro', ...kept].join(), folder: path })),
    ...bound.map((folder) => ({ options: ['rbind', 'ro', ...keptAt(points, folder)].join(), folder })),
  ];
}

/** Of several that are mounted at one point, the last one is seen. */
function mountPoints(table: string): ReadonlyMap<string, MountPoint> {
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
