// Waiting for what nobody tells: the state of a process, or anything that can be asked.
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

/** Asks again and again until it is so; bounded by the test's own time. */
export async function until(so: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await so())) await setImmediate();
}

/** Resolves once the process is stopped by a signal. */
export const stopped = (child: ChildProcess): Promise<void> =>
  until(() => /\) [Tt] /.test(readFileSync(`/proc/${child.pid}/stat`, 'latin1')));
