// Tells the file system that the folders in a folder are unrelated. ext4 (measured on Linux 6.18) gives a new file the
// first free number in the group of its folder, and skips each number that was freed in the last minutes, one by one. If
// the checkouts of many tasks come and go in one group, this took a third of all CPU time (docs/performance.md). Below a
// folder with the attribute T, see chattr(1), each folder begins in a group of its own.
import { execFile } from 'node:child_process';

/** Nothing depends on it: file systems and machines that do not support it work without. */
export function spreadOut(folders: readonly string[]): Promise<void> {
  if (process.platform !== 'linux') return Promise.resolve();
  return new Promise((resolve) => {
    execFile('chattr', ['+T', ...folders], { env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' }, timeout: 5000 }, () => resolve());
  });
}
