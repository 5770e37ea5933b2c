// The processes of this machine, and the only functions that signal one. Each process is looked up again right before its
// signal, so that a reused pid is not hit.
import type { Process, Processes } from './process-table.ts';
import { linuxProcesses } from './processes-linux.ts';
import { macProcesses } from './processes-mac.ts';

export const processes: Processes = process.platform === 'darwin' ? macProcesses : linuxProcesses;

export function isAlive(one: { readonly pid: number; readonly startTime: string }): boolean {
  return processes.look(one.pid)?.startTime === one.startTime;
}

/** Whether it was still the same process and the signal was sent. */
export function signal(one: Process, name: 'SIGTERM' | 'SIGKILL'): boolean {
  return isAlive(one) && send(one.pid, name);
}

/** Signals a whole group at once, so no member can escape by forking. The caller has just verified that the group is ours. */
export function signalGroup(group: number, name: 'SIGTERM' | 'SIGKILL'): boolean {
  return group > 1 && send(-group, name);
}

/** One system call, which saves a scan for members of a group that no longer exists. */
export function groupExists(group: number): boolean {
  if (group <= 1) return false;
  try {
    return process.kill(-group, 0);
  } catch (error) {
    // EPERM: the group has members, but we may not signal them.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function send(target: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(target, name);
  } catch {
    // The process is gone, or we may not signal it; the next look finds out.
    return false;
  }
}
