// A file system of its own in a folder, and a disk that is full: for tests of what then happens to what stands there.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const noOwnDisk = 'a file system of its own cannot be mounted here';

/** Mounts one in the folder's place, until the end of the test; false where that cannot be done. */
export function mount(folder: string, ...options: string[]): boolean {
  mkdirSync(folder, { recursive: true });
  const done = spawnSync('mount', [...options, folder]).status === 0;
  if (done) onTestFinished(() => void spawnSync('umount', ['-l', folder]));
  return done;
}

/** Takes all the space that is left on the folder's disk, but for so many bytes; answers what gives it back. */
export function fill(folder: string, but = 0): () => void {
  const file = join(folder, 'ballast');
  const { bavail, bsize } = statfsSync(folder);
  try {
    writeFileSync(file, Buffer.alloc(bavail * bsize - but));
  } catch {
    // Somebody else took of it meanwhile: it is full.
  }
  return () => rmSync(file);
}
