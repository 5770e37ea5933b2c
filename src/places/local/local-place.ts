// This machine as a place. All that is known of a worker stands in its launch reference and its folder, so that any
// process of the same user can look at it, read it and end it; what this process started itself it only notices sooner.
import { randomUUID } from 'node:crypto';
import { watch, type FSWatcher } from 'node:fs';
import { availableParallelism, hostname, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Launch } from '../../core/attempt.ts';
import type { Marked, Place, WorkerState } from '../../ports/place.ts';
import { boundedCommand } from './bounded-command.ts';
import { endTree } from './end-tree.ts';
import { isolationFor } from './isolation.ts';
import { launchFault, launchWorker, layFiles } from './launch.ts';
import { isAlive, processes } from './processes.ts';
import { endFolder, readExit, readStream } from './worker-folder.ts';
import { seat } from './seat.ts';

const shellKeep = 64 * 1024;
const askKeep = 4 * 1024 * 1024;
/** For a worker that vanishes without a status: whoever depends on it looks by himself. */
const vanishedMs = 5000;
/** Where folders cannot be watched. */
const unwatchedMs = 1000;

// Standard error becomes the same pipe as standard output: two pipes could not be put in order again.
const shellScript = 'exec 2>&1; exec "$@"';
// By the shell, so that a command that is not there ends with 127 as it does for a worker.
const askScript = 'exec "$@"';

function identityOf(pid: number): string {
  return [hostname(), processes.bootId(), pid, processes.look(pid)?.startTime].join('|');
}

function isGone(identity: string): boolean {
  const [host, bootId, pid, startTime] = identity.split('|');
  if (host !== hostname() || bootId === undefined || startTime === undefined) return false;
  return bootId !== processes.bootId() || !isAlive({ pid: Number(pid), startTime });
}

export function localPlace(): Place {
  const name = 'local';
  /** Workers that this process started and that have not ended. */
  const own = new Map<string, Promise<void>>();
  return {
    name,
    identity: () => identityOf(process.pid),
    // What a container is limited to counts as the machine.
    room: () => ({
      cores: availableParallelism(),
      total: Math.min(process.constrainedMemory() || Infinity, totalmem()),
      free: process.availableMemory(),
    }),
    isGone,
    async launch(given) {
      const { launch, exited } = await launchWorker({ ...given, place: name });
      own.set(key(launch), exited);
      void exited.then(() => own.delete(key(launch)));
      return launch;
    },
    look: async (launch) => look(launch),
    ended: (launch, signal) => ended({ launch, signal, exited: own.get(key(launch)) ?? null }),
    read: async ({ launch, ...rest }) => readStream({ folder: launch.folder, ...rest }),
    async stop(launch, options) {
      if (endedWithAll(launch)) return { left: [] };
      const leader = { pid: launch.pid, startTime: launch.startTime, group: launch.group };
      const sameBoot = launch.bootId === processes.bootId();
      return { left: await endTree({ marker: launch.marker, leader: sameBoot ? leader : null, leaderLast: true }, options) };
    },
    marked: async () => marked(),
    end: async ({ marker, graceMs }) => ({ left: await endTree({ marker, leader: null, leaderLast: false }, { graceMs }) }),
    protects: async ({ isolate, protect }) => (await isolationFor({ pids: isolate, protect })).protects,
    async shell({ command, isolate, protect, ...given }) {
      const { prefix } = await isolationFor({ pids: isolate, protect });
      const args = [...prefix, '/bin/sh', '-c', command];
      const { why, exit, stdout } = await boundedCommand({ ...given, script: shellScript, args, stdin: null, keep: shellKeep });
      return { code: why === 'ended' && exit.signal === null ? exit.code : null, timedOut: why === 'timeout', output: stdout };
    },
    async ask(spec, options) {
      const { file, args, cwd, stdin } = spec;
      try {
        layFiles(spec.files);
      } catch (error) {
        throw launchFault({ what: `The files of ${file} could not be written`, cwd, error });
      }
      const { why, exit, stdout, stderr } = await boundedCommand({
        ...options,
        marker: randomUUID(),
        script: askScript,
        args: [file, ...args],
        cwd,
        stdin,
        env: spec.env.set,
        keep: askKeep,
      });
      return { exit, stdout, stderr, timedOut: why === 'timeout' };
    },
    seat: (spec, started) => seat(spec, (pid) => started(identityOf(pid))),
  };
}

function key(launch: Launch): string {
  return `${launch.bootId} ${launch.pid} ${launch.startTime}`;
}

function marked(): readonly Marked[] {
  const all = new Map<string, { pids: number[]; memory: number }>();
  for (const { marker, pid, memory } of processes.carriers(null).carriers) {
    const one = all.get(marker) ?? { pids: [], memory: 0 };
    all.set(marker, { pids: [...one.pids, pid], memory: one.memory + memory });
  }
  return [...all].map(([marker, one]) => ({ marker, ...one }));
}

/**
 * It ended by itself within a namespace of its own, so nothing of it is left and nobody need be looked for. An exit by a
 * signal proves less: who killed what stands around the namespace was answered before the kernel had ended what is in it.
 */
function endedWithAll(launch: Launch): boolean {
  const code = launch.isolated ? readExit(launch.folder)?.exit.code : null;
  return code != null && code < 128;
}

function look(launch: Launch): WorkerState {
  const status = readExit(launch.folder);
  if (status !== null) return { state: 'ended', ...status };
  if (launch.bootId === processes.bootId() && isAlive(launch)) return { state: 'running' };
  // It may have written its status and ended between the two looks.
  const late = readExit(launch.folder);
  return late === null ? { state: 'lost' } : { state: 'ended', ...late };
}

function ended(given: { readonly launch: Launch; readonly signal: AbortSignal; readonly exited: Promise<void> | null }): Promise<void> {
  const { launch, signal, exited } = given;
  return new Promise((resolve) => {
    const finish = (): void => {
      clearInterval(poll);
      watcher?.close();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const check = (): void => {
      if (signal.aborted || look(launch).state !== 'running') finish();
    };
    const watcher = watchExit({ folder: launch.folder, onChange: check });
    const poll = setInterval(check, watcher === null ? unwatchedMs : vanishedMs);
    signal.addEventListener('abort', finish);
    void exited?.then(check);
    check();
  });
}

/** Best effort: there is a limit to watched folders, and the folder may be gone. */
function watchExit(given: { readonly folder: string; readonly onChange: () => void }): FSWatcher | null {
  try {
    const watcher = watch(join(given.folder, endFolder), given.onChange);
    return watcher.on('error', () => watcher.close());
  } catch {
    return null;
  }
}
