// What this machine says about processes, and the one function that signals any. A process is its pid together with
// its start time; the pair is looked at again right before each signal, so that a reused pid is not hit. What is
// found by its environment was put there by us: a marker is unique to one worker.
import { linuxProcesses } from './processes-linux.ts';
import { macProcesses } from './processes-mac.ts';

/** The environment variable that a worker and all its descendants carry. */
export const markerName = 'YARDMASTER_ATTEMPT';

export interface Process {
  readonly pid: number;
  /** Text that is compared only for equality. */
  readonly startTime: string;
  readonly group: number;
}

export interface Found extends Process {
  readonly carries: boolean;
}

export interface Processes {
  /** Changes with every start of the machine. */
  bootId(): string;
  /** null: no such process, or only a zombie is left of it. */
  look(pid: number): Process | null;
  /** Every live process that carries `entry` (`NAME=value`) in its environment or is in the group; this process never. */
  find(given: { readonly entry: string; readonly group: number | null }): readonly Found[];
}

export const processes: Processes = process.platform === 'darwin' ? macProcesses : linuxProcesses;

export function isAlive(one: { readonly pid: number; readonly startTime: string }): boolean {
  return processes.look(one.pid)?.startTime === one.startTime;
}

/** Whether it was still the same process and took the signal. */
export function signal(one: Process, name: 'SIGTERM' | 'SIGKILL'): boolean {
  return isAlive(one) && send(one.pid, name);
}

/** To all of a group at once, which none of them can outrun by forking. The caller has just seen that it is ours. */
export function signalGroup(group: number, name: 'SIGKILL'): boolean {
  return group > 1 && send(-group, name);
}

function send(target: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(target, name);
  } catch {
    // Gone in between, or not ours to signal: what is still there is found by the next look.
    return false;
  }
}
