// Numbers from repeated runs. Runs that are compared alternate, so that a temporarily busy machine slows both down.
import { readFileSync } from 'node:fs';

/** Monotonic milliseconds, from the same clock in all processes of the machine. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

export function sum(samples: readonly number[]): number {
  return samples.reduce((total, one) => total + one, 0);
}

export interface Spent {
  readonly wall: readonly number[];
  /** CPU time of this process in all rounds together, in milliseconds. */
  readonly cpu: number;
}

/** Runs each of them once per round, alternating. Wall times are in milliseconds. */
export async function inTurns<K extends string>(
  rounds: number,
  these: Readonly<Record<K, () => Promise<void> | void>>,
): Promise<Readonly<Record<K, Spent>>> {
  const spent = new Map<string, { wall: number[]; cpu: number }>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, run] of Object.entries<() => Promise<void> | void>(these)) {
      const so = spent.get(name) ?? { wall: [], cpu: 0 };
      const cpu = process.cpuUsage();
      const from = now();
      await run();
      so.wall.push(now() - from);
      const { user, system } = process.cpuUsage(cpu);
      so.cpu += (user + system) / 1000;
      spent.set(name, so);
    }
  }
  return Object.fromEntries(spent) as unknown as Record<K, Spent>;
}

/** Linux counts a process's CPU time in hundredths of a second on every platform that Node supports. */
const tickMs = 10;

/**
 * CPU milliseconds so far of another process, and of those of its children that have ended and were waited for. Throws if
 * there is no /proc.
 */
export function cpuOf(pid: number): { readonly own: number; readonly children: number } {
  const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = line
    .slice(line.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
  return { own: (user + system) * tickMs, children: (childUser + childSystem) * tickMs };
}

/** Resident memory, in MB of a million bytes. */
export function rssOf(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return (Number(kib) * 1024) / 1e6;
}
