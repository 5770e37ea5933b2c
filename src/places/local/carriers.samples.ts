// Finds the processes that carry a variable, without the code under test.
import { readFileSync, readdirSync } from 'node:fs';

/** The running processes whose environment contains this `NAME=value`. */
export function carriers(entry: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        return pid !== process.pid && readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(entry);
      } catch {
        return false;
      }
    });
}

export function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process ended before it could be read.
  }
}
