// The processes of this machine, and the one function that signals any. A process is looked at again right before each
// signal, so that a reused pid is not hit.
import type { Process, Processes } from './process-table.ts';
import { linuxProcesses } from './processes-linux.ts';
import { macProcesses } from './processes-mac.ts';

export const processes: Processes = process.platform === 'darwin' ? macProcesses : linuxProcesses;

export function isAlive(one: { readonly pid: number; readonly startTime: string }): boolean {
  return processes.look(one.pid)?.startTime === one.startTime;
}

/** Whether it was still the same process and took the signal. */
export function signal(one: Process, name: 'SIGTERM' | 'SIGKILL'): boolean {
  return isAlive(one) && send(one.pid, name);
}

/** To all of a group at once, which none of them can outrun by forking. The caller has just seen that it is ours. */
export function signalGroup(group: number, name: 'SIGTERM' | 'SIGKILL'): boolean {
  return group > 1 && send(-group, name);
}

/** One system call, so that nobody is looked for in a group that is gone. */
export function groupExists(group: number): boolean {
  if (group <= 1) return false;
  try {
    return process.kill(-group, 0);
  } catch (error) {
    // EPERM: there are members, only not ours to signal.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function send(target: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(target, name);
  } catch {
    // Gone in between, or not ours to signal: what is still there is found by the next look.
    return false;
  }
}
