// What a process of ours runs for itself and waits for: git, short commands of the person, questions to agents. Each call
// carries a marker that names the process which made it. One that was killed can end none of its calls any more; whoever
// finds such a call ends it, so that nobody's push or deletion goes on beside the work of those who took over.
// What git has left behind when a call was over (an agent of gpg, the master of ssh connections, a cache of credentials) carries
// the marker, too, and serves the person. So the marker of such a call also names the process that leads it: when that one
// has ended, the call is over.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { endTree } from './end-tree.ts';
import { isAlive, processes } from './processes.ts';
import type { Carrier, Marker } from './process-table.ts';

const name = 'YARDMASTER_CALL';

/** From TERM to KILL: git takes its own lock files away meanwhile. */
const graceMs = 2_000;

export interface Identity {
  readonly pid: number;
  readonly startTime: string;
}

let owner: string | null = null;

/** For one call, and no other one, of which nothing stays: all that carries it ends with it. Its value has no spaces and no quotes. */
export function newCall(): Marker {
  owner ??= wordOf(processes.look(process.pid) ?? { pid: process.pid, startTime: '' });
  return { name, value: `${owner}/${processes.namespace()}/${randomUUID()}` };
}

/** For a call that goes on only while its leader lives, who leads the group in which it runs. Null: who that is cannot be told, and the call is not looked for. */
export function callLedBy(leader: Identity | null): Marker {
  return { name, value: `${newCall().value}/${leader === null ? '' : wordOf(leader)}` };
}

function wordOf({ pid, startTime }: Identity): string {
  return `${pid}.${encodeURIComponent(startTime)}`;
}

/** Ends the calls of processes that are gone, with all that they started; answers who could not be ended. */
export async function endCallsOfTheGone(): Promise<readonly number[]> {
  const ends = [...(await orphans())].map(([value, led]) =>
    endTree({ marker: { name, value }, leader: led === null ? null : { ...led, group: led.pid }, leaderLast: false }, { graceMs }),
  );
  return (await Promise.all(ends)).flat();
}

/** Their markers, with their leaders where they have one. */
async function orphans(): Promise<ReadonlyMap<string, Identity | null>> {
  for (let tries = 2; ; tries -= 1) {
    const { carriers, settled } = processes.carriers({ name, value: null });
    const found = carriers.flatMap((carrier): [string, Identity | null][] => {
      const orphan = orphanOf(carrier);
      return orphan === null ? [] : [[carrier.marker, orphan.leader]];
    });
    if (settled || tries === 1) return new Map(found);
    // Somebody shows no environment in the middle of `exec`.
    await sleep(25);
  }
}

/**
 * Null: its owner lives, or is in another PID namespace, where the number is another process's; or it does not show that its
 * call goes on. Who is in the leader's group shows it: one leader may have led other calls before.
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
