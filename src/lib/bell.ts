// A file that one process touches to wake others. A missed ring does no harm, because listeners also look at regular
// intervals.
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';

export async function ring(file: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now).catch(async () => {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, '', { mode: 0o600 });
  });
}

/**
 * Calls back when the file is touched, created or replaced. Its folder is watched instead of the file, because a watch on
 * a file is lost when the file is replaced.
 */
export function listen(given: { readonly file: string; readonly onRing: () => void }): { stop(): void } {
  const name = given.file.slice(dirname(given.file).length + 1);
  let watcher: FSWatcher;
  try {
    watcher = watch(dirname(given.file), { persistent: false }, (_kind, changed) => {
      if (changed === null || changed === name) given.onRing();
    });
  } catch {
    // If there are no watches left, or no such folder, the listener's regular looks have to suffice.
    return { stop: () => undefined };
  }
  watcher.on('error', () => watcher.close());
  return { stop: () => watcher.close() };
}
