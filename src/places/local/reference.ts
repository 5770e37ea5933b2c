// The content of a launch reference on this machine: a process, the boot that it belongs to, and the folder of its files.
// Nobody else reads it.
import type { Launch } from '../../core/task/attempt.ts';
import { Fault } from '../../core/fault.ts';
import { machineName } from './machine.ts';

export const placeName = 'local';

export interface LocalRef {
  readonly pid: number;
  /**
   * The process's start time in the unit of the platform (Linux: clock ticks since boot); a text, compared only for
   * equality.
   */
  readonly startTime: string;
  readonly bootId: string;
  /** The PID namespace in which it has this pid; absent in the oldest records. */
  readonly namespace?: string | null;
  readonly group: number;
  /** Whether the kernel ends every process that it starts together with it; absent in the oldest records. */
  readonly isolated?: boolean;
  /** Folder with the worker's stdin, stdout, stderr and exit status. */
  readonly folder: string;
}

/** Null if the launch belongs to another place or machine, or has an unknown form. */
export function refOf(launch: Launch): LocalRef | null {
  // A launch without a host was stored when there was only one machine.
  if (launch.place !== placeName || (launch.host !== null && launch.host !== machineName())) return null;
  const { ref } = launch;
  return isLocalRef(ref) ? ref : null;
}

export function reachedRef(launch: Launch): LocalRef {
  const ref = refOf(launch);
  if (ref === null) throw unreachable(whyNot(launch));
  return ref;
}

export function unreachable(why: string): Fault {
  return new Fault({ code: 'place-unreachable', message: why, hint: 'run Yardmaster where that worker was started' });
}

export function whyNot({ place, host }: Launch): string {
  if (place === placeName && (host === null || host === machineName()))
    return 'its stored reference is of a form that this version does not know';
  return `its worker was started by the place ${place} on ${host ?? 'an unknown host'}, and this is ${machineName()}`;
}

function isLocalRef(ref: unknown): ref is LocalRef {
  if (typeof ref !== 'object' || ref === null) return false;
  const { pid, startTime, bootId, group, folder } = ref as Partial<Record<keyof LocalRef, unknown>>;
  const texts = [startTime, bootId, folder].every((one) => typeof one === 'string');
  return texts && [pid, group].every((one) => typeof one === 'number');
}
