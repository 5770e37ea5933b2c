// Identifies this machine. A hostname alone is shared by every `localhost` and by cloned machines; the machine id alone is
// shared by containers of one image. Both together distinguish machines and survive a restart; the boot id distinguishes
// the boots. A machine that is renamed counts as another one: its open attempts wait for the old name.
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { markerName } from './marker.ts';
import { processes } from '../../lib/processes.ts';
import type { Process } from '../../lib/process-table.ts';

/** A process in its stored form; older records have no `namespace`. */
interface Seen {
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
  readonly namespace?: string | null;
}

/** Linux gives this number to the initial PID namespace. */
const initial = 'pid:[4026531836]';

/**
 * The process as it is visible from here, or `gone`. `unseen`: it may well live, in a PID namespace that is not visible
 * from here. That is so for a worker in its own namespace that calls Yardmaster, and for a container that calls it beside
 * the machine. The processes of any other namespace are visible under other numbers, or the namespace belonged to a
 * container before its restart, and is gone.
 */
export function find(seen: Seen): Process | 'gone' | 'unseen' {
  if (seen.bootId !== processes.bootId()) return 'gone';
  const theirs = seen.namespace ?? null;
  const isOurs = theirs === null || theirs === processes.namespace();
  if (!isOurs && (theirs === initial || process.env[markerName] !== undefined)) return 'unseen';
  const found = isOurs ? processes.look(seen.pid) : processes.lookWithin({ namespace: theirs, pid: seen.pid });
  return found?.startTime === seen.startTime ? found : 'gone';
}

let known: string | null = null;

export function machineName(): string {
  return (known ??= nameOf({ platform: process.platform, hostname: hostname(), machineId: processes.machineId() }));
}

/** The machine id itself stays secret, as machine-id(5) asks: a hash that is specific to this program is stored and shown. */
export function nameOf(given: { readonly platform: string; readonly hostname: string; readonly machineId: string | null }): string {
  const { platform, machineId } = given;
  if (machineId === null) return given.hostname;
  // macOS changes the hostname with the network, and its machine id belongs to the hardware.
  const word = platform === 'darwin' ? 'mac' : given.hostname;
  return `${word}#${createHash('sha256').update(`yardmaster ${machineId}`).digest('hex').slice(0, 12)}`;
}
