// What a process of ours runs for itself and waits for: git, short commands of the person, questions to agents. Each call
// carries a marker that names the process which made it. One that was killed can end none of its calls any more; whoever
// finds such a call ends it, so that nobody's push or deletion goes on beside the work of those who took over.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { endTree } from './end-tree.ts';
import { isAlive, processes, type Marker } from './processes.ts';

const name = 'YARDMASTER_CALL';

/** From TERM to KILL: git takes its own lock files away meanwhile. */
const graceMs = 2_000;

let owner: string | null = null;

/** For one call, and no other one. Its value has no spaces and no quotes. */
export function newCall(): Marker {
  owner ??= `${process.pid}.${encodeURIComponent(processes.look(process.pid)?.startTime ?? '')}.${processes.namespace()}`;
  return { name, value: `${owner}/${randomUUID()}` };
}

/** Ends the calls of processes that are gone, with all that they started; answers who could not be ended. */
export async function endCallsOfTheGone(): Promise<readonly number[]> {
  const ends = [...(await orphans())].map((value) => endTree({ marker: { name, value }, leader: null, leaderLast: false }, { graceMs }));
  return (await Promise.all(ends)).flat();
}

async function orphans(): Promise<ReadonlySet<string>> {
  for (let tries = 2; ; tries -= 1) {
    const { carriers, settled } = processes.carriers({ name, value: null });
    const found = new Set(carriers.flatMap(({ marker }) => (isOrphan(marker) ? [marker] : [])));
    if (settled || tries === 1) return found;
    // Somebody shows no environment in the middle of `exec`.
    await sleep(25);
  }
}

/** Of another PID namespace it cannot be said: the number is another process's here. */
function isOrphan(marker: string): boolean {
  const [, pid, startTime, namespace] = /^(\d+)\.([^.]+)\.([^/]+)\//.exec(marker) ?? [];
  if (pid === undefined || startTime === undefined || namespace !== String(processes.namespace())) return false;
  return !isAlive({ pid: Number(pid), startTime: decodeURIComponent(startTime) });
}
