// Mounts a separate file system in a folder, and fills a disk: for tests of what happens to existing files then.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const noOwnDisk = 'a file system of its own cannot be mounted here';

/** Mounts one at the folder until the end of the test; false if that is not possible. */
export function mount(folder: string, ...options: string[]): boolean {
  mkdirSync(folder, { recursive: true });
  const done = spawnSync('mount', [...options, folder]).status === 0;
  if (done) onTestFinished(() => void spawnSync('umount', ['-l', folder]));
  return done;
}

/** Takes all remaining space on the folder's disk except this many bytes; returns a function that frees it. */
export function fill(folder: string, but = 0): () => void {
  const file = join(folder, 'ballast');
  const { bavail, bsize } = statfsSync(folder);
  try {
    writeFileSync(file, Buffer.alloc(bavail * bsize - but));
  } catch {
    // Another process took some of it meanwhile: the disk is full.
  }
  return () => rmSync(file);
}
