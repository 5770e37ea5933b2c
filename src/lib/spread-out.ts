// Tells the file system that the folders in a folder have nothing to do with each other. ext4 (measured on Linux 6.18) gives a
// new file the first number that is free in the group of its folder, and steps over each one that was freed in the last
// minutes. Where the checkouts of many tasks come and go in one group, that took a third of all CPU (docs/performance.md). Below a folder
// with the attribute T, see chattr(1), each folder begins in a group of its own.
import { execFile } from 'node:child_process';

/** Nothing depends on it: other file systems refuse it and do without, and so do systems without `chattr`. */
export function spreadOut(folders: readonly string[]): Promise<void> {
  if (process.platform !== 'linux') return Promise.resolve();
  return new Promise((resolve) => {
    execFile('chattr', ['+T', ...folders], { env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' }, timeout: 5000 }, () => resolve());
  });
}
