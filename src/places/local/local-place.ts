// This machine as a place. Everything that is known of a worker is in its launch reference and its folder, so any process
// of the same user can observe it, read it and end it. For workers that this process started itself, it only notices the
// end sooner.
import { lstatSync, watch, type FSWatcher } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Launch } from '../../core/task/attempt.ts';
import type { Marked, Place, WorkerState } from '../../ports/place.ts';
import { endTree } from '../../lib/end-tree.ts';
import { processes } from '../../lib/processes.ts';
import { isolationFor } from './isolation.ts';
import { launchWorker } from './launch.ts';
import { find, machineName } from './machine.ts';
import { markerName, markerOf } from './marker.ts';
import { placeName, reachedRef, refOf, unreachable, whyNot, type LocalRef } from './reference.ts';
import { runShell } from './run-shell.ts';
import { findProgram, localSite } from './site.ts';
import { endFolder, readExit, readStream } from './worker-folder.ts';

/** How often to check for a worker that vanished without a status: nothing else would report that. */
const vanishedMs = 5000;
/** How often to check if folders cannot be watched. */
const unwatchedMs = 1000;

const unseen = 'its worker was started outside of the PID namespace of this process';

export function localPlace(): Place {
  /** Workers that this process started and that have not ended yet. */
  const own = new Map<string, Promise<void>>();
  return {
    facts: { name: placeName, host: machineName(), agents: 'any', accounts: 'any', capacity: null },
    site: async (request) => localSite(request),
    find: async (given) => findProgram({ ...given, cwd: process.cwd() }),
    // Most of these folders do not exist, and `rm` would find that out by an exception, at ten times the cost.
    clear: async (folder) => {
      if (lstatSync(folder, { throwIfNoEntry: false }) !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 2 });
    },
    async launch(given) {
      const { launch, exited } = await launchWorker(given);
      own.set(launch.marker, exited);
      void exited.then(() => own.delete(launch.marker));
      return launch;
    },
    protects: async ({ isolate, ...folders }) => (await isolationFor({ pids: isolate, ...folders })).protects,
    look: async (launch) => look(launch),
    view(launch) {
      const ref = refOf(launch);
      return { pid: ref?.pid ?? null, output: ref === null ? null : join(ref.folder, 'stdout') };
    },
    ended: (launch, signal) => ended({ launch, signal, exited: own.get(launch.marker) ?? null }),
    read: async ({ launch, ...rest }) => readStream({ folder: reachedRef(launch).folder, ...rest }),
    async stop(launch, options) {
      const ref = reachedRef(launch);
      if (endedWithAll(ref)) return { left: [] };
      const found = find(ref);
      if (found === 'unseen') throw unreachable(unseen);
      // The worker may be gone while its group still has members; this can be known only if the group's number belongs to
      // this boot and namespace.
      const isOurs = ref.bootId === processes.bootId() && (ref.namespace ?? processes.namespace()) === processes.namespace();
      const leader = found === 'gone' ? (isOurs ? { pid: ref.pid, startTime: ref.startTime, group: ref.group } : null) : found;
      return { left: await endTree({ marker: markerOf(launch.marker), leader, leaderLast: true }, options) };
    },
    marked: async () => marked(),
    end: async ({ marker, graceMs }) => ({
      left: await endTree({ marker: markerOf(marker), leader: null, leaderLast: false }, { graceMs }),
    }),
    shell: (given) => runShell({ ...given, marker: markerOf(given.marker) }),
  };
}

function marked(): readonly Marked[] {
  const all = new Map<string, { pids: number[]; memory: number }>();
  for (const { marker, pid, memory } of processes.carriers({ name: markerName, value: null }).carriers) {
    const one = all.get(marker) ?? { pids: [], memory: 0 };
    all.set(marker, { pids: [...one.pids, pid], memory: one.memory + memory });
  }
  return [...all].map(([marker, one]) => ({ marker, ...one }));
}

/**
 * Whether the worker's end proves that all its processes have ended, so that none has to be searched for: it had a PID
 * namespace of its own, and exited by itself. An exit by a signal is no proof, because the process that started the
 * namespace may be gone before the kernel has ended the processes in it.
 */
function endedWithAll(ref: LocalRef): boolean {
  const code = ref.isolated === true ? readExit(ref.folder)?.exit.code : null;
  return code != null && code < 128;
}

function look(launch: Launch): WorkerState {
  const ref = refOf(launch);
  if (ref === null) return { state: 'unreachable', why: whyNot(launch) };
  const status = readExit(ref.folder);
  if (status !== null) return { state: 'ended', ...status };
  const found = find(ref);
  if (found === 'unseen') return { state: 'unreachable', why: unseen };
  if (found !== 'gone') return { state: 'running' };
  // It may have written its status and ended between the two looks.
  const late = readExit(ref.folder);
  return late === null ? { state: 'lost' } : { state: 'ended', ...late };
}

function ended(given: { readonly launch: Launch; readonly signal: AbortSignal; readonly exited: Promise<void> | null }): Promise<void> {
  const { launch, signal, exited } = given;
  const folder = refOf(launch)?.folder ?? null;
  return new Promise((resolve) => {
    const finish = (): void => {
      clearInterval(poll);
      watcher?.close();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const check = (): void => {
      if (signal.aborted || !['running', 'unreachable'].includes(look(launch).state)) finish();
    };
    const watcher = folder === null ? null : watchExit({ folder, onChange: check });
    // Without a folder, the worker is on another machine, and checking could never show anything.
    const poll = folder === null ? undefined : setInterval(check, watcher === null ? unwatchedMs : vanishedMs);
    signal.addEventListener('abort', finish);
    void exited?.then(check);
    check();
  });
}

/** Watching may fail: the number of watched folders is limited, and the folder may be gone. */
function watchExit(given: { readonly folder: string; readonly onChange: () => void }): FSWatcher | null {
  try {
    const watcher = watch(join(given.folder, endFolder), given.onChange);
    return watcher.on('error', () => watcher.close());
  } catch {
    return null;
  }
}
