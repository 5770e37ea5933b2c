// Which machine this is. A hostname alone is shared by every `localhost` and by cloned machines; the machine's id alone
// by containers of one image. Both together tell machines apart and survive a restart; which start of the machine it
// is, is the boot id's to say. A machine that is renamed is another one: its open attempts wait for the old name.
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { markerName } from './marker.ts';
import { processes } from '../../lib/processes.ts';
import type { Process } from '../../lib/process-table.ts';

/** A process as it is stored: `namespace` is absent in what was stored first. */
interface Seen {
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
  readonly namespace?: string | null;
}

/** Linux gives this number to the PID namespace that the machine starts with. */
const initial = 'pid:[4026531836]';

/**
 * The process as it is seen from here, or `gone`. `unseen`: it may well live, in a PID namespace that cannot be seen from
 * here. So it is for a worker in a namespace of its own that calls Yardmaster, and for a container that calls it beside the
 * machine. Of any other namespace all processes are seen, under other numbers, or it is taken for that of a container before
 * it was started anew, which is over.
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

/** The id is told to nobody as it is (machine-id(5)): what is stored and shown is a hash for this program. */
export function nameOf(given: { readonly platform: string; readonly hostname: string; readonly machineId: string | null }): string {
  const { platform, machineId } = given;
  if (machineId === null) return given.hostname;
  // macOS changes its hostname with the network, and its machine id is the hardware's own.
  const word = platform === 'darwin' ? 'mac' : given.hostname;
  return `${word}#${createHash('sha256').update(`yardmaster ${machineId}`).digest('hex').slice(0, 12)}`;
}
