// Programs that a process of ours runs for itself and waits for: git, short commands of the person, questions to agents.
// Each call carries an environment marker that names the calling process. A process that was killed cannot end its calls
// any more, so whoever finds such a call ends it: no push or deletion may go on beside the work of those who took over.
// Processes that git leaves behind after a call (gpg's agent, the master of ssh connections, a credential cache) carry the
// marker too, and serve the person. So the marker also names the process that leads the call: once the leader has ended,
// the call is over.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { endTree } from './end-tree.ts';
import { isAlive, processes } from './processes.ts';
import type { Carrier, Marker } from './process-table.ts';

const name = 'YARDMASTER_CALL';

/** From TERM to KILL: git removes its own lock files in this time. */
const graceMs = 2_000;

export interface Identity {
  readonly pid: number;
  readonly startTime: string;
}

let owner: string | null = null;

/**
 * A marker for a single call that leaves nothing behind: every process that carries it ends with the call. Its value
 * contains no spaces and no quotes.
 */
export function newCall(): Marker {
  owner ??= wordOf(processes.look(process.pid) ?? { pid: process.pid, startTime: '' });
  return { name, value: `${owner}/${processes.namespace()}/${randomUUID()}` };
}

/**
 * A marker for a call that lasts only while its leader lives, which leads the process group of the call. Null: the leader
 * is unknown, and the call is not searched for.
 */
export function callLedBy(leader: Identity | null): Marker {
  return { name, value: `${newCall().value}/${leader === null ? '' : wordOf(leader)}` };
}

function wordOf({ pid, startTime }: Identity): string {
  return `${pid}.${encodeURIComponent(startTime)}`;
}

/**
 * Ends the calls of processes that no longer exist, and everything that the calls started. Returns the pids that could
 * not be ended.
 */
export async function endCallsOfTheGone(): Promise<readonly number[]> {
  const ends = [...(await orphans())].map(([value, led]) =>
    endTree({ marker: { name, value }, leader: led === null ? null : { ...led, group: led.pid }, leaderLast: false }, { graceMs }),
  );
  return (await Promise.all(ends)).flat();
}

/** The markers of such calls, with their leaders if they have one. */
async function orphans(): Promise<ReadonlyMap<string, Identity | null>> {
  for (let tries = 2; ; tries -= 1) {
    const { carriers, settled } = processes.carriers({ name, value: null });
    const found = carriers.flatMap((carrier): [string, Identity | null][] => {
      const orphan = orphanOf(carrier);
      return orphan === null ? [] : [[carrier.marker, orphan.leader]];
    });
    if (settled || tries === 1) return new Map(found);
    // A process in the middle of `exec` shows no environment.
    await sleep(25);
  }
}

/**
 * Null if the caller lives, or is in another PID namespace, where the number belongs to another process; also null if the
 * process does not prove that its call still goes on. Membership in the leader's group proves that: one leader may have
 * led other calls before.
 */
function orphanOf({ marker, group }: Carrier): { readonly leader: Identity | null } | null {
  const [owned, namespace, , led] = marker.split('/');
  const theirs = identityIn(owned);
  if (theirs === null || namespace !== String(processes.namespace()) || isAlive(theirs)) return null;
  if (led === undefined) return { leader: null };
  const leader = identityIn(led);
  return leader !== null && leader.pid === group && isAlive(leader) ? { leader } : null;
}

function identityIn(word: string | undefined): Identity | null {
  const [, pid, startTime] = /^(\d+)\.(.+)$/.exec(word ?? '') ?? [];
  return pid === undefined || startTime === undefined ? null : { pid: Number(pid), startTime: decodeURIComponent(startTime) };
}
