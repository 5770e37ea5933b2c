// Waits for conditions that cause no event: the state of a process, or anything that can be checked.
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** Checks the condition every few milliseconds until it holds; bounded by the test's own timeout. */
export async function until(so: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await so())) await setTimeout(5);
}

/** Resolves once the process is stopped by a signal. */
export const stopped = (child: ChildProcess): Promise<void> =>
  until(() => /\) [Tt] /.test(readFileSync(`/proc/${child.pid}/stat`, 'latin1')));
