// What this machine says about processes, and the one function that signals any. A process is its pid together with
// its start time; the pair is looked at again right before each signal, so that a reused pid is not hit. What is
// found by its environment was put there by us: the value of a marker is unique to what it was given to.
import { linuxProcesses } from './processes-linux.ts';
import { macProcesses } from './processes-mac.ts';

export interface Process {
  readonly pid: number;
  /** Text that is compared only for equality. */
  readonly startTime: string;
  readonly group: number;
}

/** A variable of the environment that a process and all its descendants carry. */
export interface Marker {
  readonly name: string;
  readonly value: string;
}

export interface Carrier extends Process {
  /** The value that it carries. */
  readonly marker: string;
  /** Resident, in bytes; what several processes share is counted for each. */
  readonly memory: number;
}

export interface Scan {
  readonly carriers: readonly Carrier[];
  /** False when somebody was seen in the middle of `exec`, who shows no environment then: look again in a moment. */
  readonly settled: boolean;
}

export interface Processes {
  /** The same after every restart; null where the machine has none. */
  machineId(): string | null;
  /** Changes with every start of the machine. */
  bootId(): string;
  /** The PID namespace of this process: processes of another one are not seen, or under other numbers. Null: there is but one. */
  namespace(): string | null;
  /** null: no such process, or only a zombie is left of it. */
  look(pid: number): Process | null;
  /** The process that has this pid in another PID namespace; null where none is seen from here, or only a zombie. */
  lookWithin(given: { readonly namespace: string; readonly pid: number }): Process | null;
  /** Every live process, this one excepted, that carries this marker, with any value when that is null. */
  carriers(marker: { readonly name: Marker['name']; readonly value: Marker['value'] | null }): Scan;
  /** Every live process in the group, whatever it carries; this one never. */
  members(group: number): readonly Process[];
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
