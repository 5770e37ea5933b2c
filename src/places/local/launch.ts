// Starts a worker in a session of its own. A small shell stands between us and the agent. It waits at a gate until the
// worker's reference is stored, and gives up at the end of the pipe, so it ends with a supervisor that dies. It also
// records how the agent ended, which nobody else can know once the supervisor is gone.
import { mkdirSync, readFileSync } from 'node:fs';
import { Fault } from '../../core/fault.ts';
import type { Launch } from '../../core/task/attempt.ts';
import { writePrivateFile } from '../../lib/private-file.ts';
import { processes } from '../../lib/processes.ts';
import type { CommandSpec, LaidFile } from '../../ports/command-spec.ts';
import { isolationFor } from './isolation.ts';
import { machineName } from './machine.ts';
import { openTable } from './mount-table.ts';
import { markerName } from './marker.ts';
import { placeName, type LocalRef } from './reference.ts';
import { startAtGate } from './starter.ts';
import { endFolder, exitFile, prepareFolder } from './worker-folder.ts';

// A trap instead of `trap ''`, because the agent would inherit ignored signals. PIPE arrives if the supervisor dies after
// it has opened the gate. The agent runs in the foreground, because a shell starts background jobs with INT and QUIT
// ignored. Only builtins are used: the environment is the agent's, its PATH may lead nowhere (with `mv`, the exit status
// was then never written), and a fork may fail. The parentheses keep the shell's own words ("Terminated") out of the
// agent's standard error. If the status cannot be written because the disk is full, the shell tries again each second until
// its folder is gone or TERM ends the wait.
const wrapper = `folder=$1
shift
trap : HUP INT TERM PIPE
echo "at $$"
read -r go || exit 0
echo off
exec </dev/null >/dev/null
(exec "$@" <"$folder/stdin" >>"$folder/stdout" 2>>"$folder/stderr")
code=$?
until echo $code >"$folder/${exitFile}"; do
  trap - HUP INT TERM
  [ -d "$folder/${endFolder}" ] && PATH=/usr/bin:/bin sleep 1 || exit
done`;

export interface Started {
  readonly launch: Launch;
  /** Resolves when the wrapper has ended. */
  readonly exited: Promise<void>;
}

export async function launchWorker(given: {
  readonly spec: CommandSpec;
  readonly folder: string;
  readonly marker: string;
  readonly isolate: 'auto' | 'off';
  readonly protect: readonly string[];
  readonly writable: readonly string[];
  readonly record: (launch: Launch) => Promise<void>;
}): Promise<Started> {
  const { spec, folder, marker } = given;
  const { gate, pid, startTime, bootId, isolated } = await start(given).catch((error: unknown) => {
    throw launchFault({ what: 'The worker could not be started', cwd: spec.cwd, error });
  });
  const ref: LocalRef = { pid, startTime, bootId, namespace: processes.namespace(), group: pid, isolated, folder };
  const launch: Launch = { place: placeName, host: machineName(), at: Date.now(), marker, ref };
  try {
    await given.record(launch);
  } catch (error) {
    await gate.giveUp();
    throw error;
  }
  await gate.open();
  return { launch, exited: gate.exited };
}

async function start(given: {
  readonly spec: CommandSpec;
  readonly folder: string;
  readonly marker: string;
  readonly isolate: 'auto' | 'off';
  readonly protect: readonly string[];
  readonly writable: readonly string[];
}) {
  const { spec, folder, marker } = given;
  layFiles(spec.files);
  prepareFolder({ folder, stdin: spec.stdin });
  // If the folder is within a read-only one, the worker could not create it itself.
  for (const own of given.writable) if (own !== spec.cwd) mkdirSync(own, { recursive: true, mode: 0o700 });
  const { prefix, table, pids } = await isolationFor({ ...given, pids: given.isolate });
  const bootId = processes.bootId();
  const held = openTable(table);
  const gate = await startAtGate({
    file: '/bin/sh',
    args: ['-c', wrapper, 'yard-worker', folder, ...prefix, spec.file, ...spec.args],
    cwd: spec.cwd,
    env: { ...spec.env.set, [markerName]: marker },
    table: held.file,
  }).finally(() => held.close());
  const seen = processes.look(gate.pid);
  if (seen === null) {
    await gate.giveUp();
    throw new Error('the process ended at once');
  }
  return { gate, pid: seen.pid, startTime: seen.startTime, bootId, isolated: pids };
}

export function layFiles(files: readonly LaidFile[]): void {
  for (const { path, content } of files) {
    writePrivateFile({ path, content: typeof content === 'string' ? content : entryOf(content) });
  }
}

/** The other accounts in the file are none of this worker's business. */
function entryOf(given: { readonly copyOf: string; readonly entry: string }): string {
  const all = parsed(given.copyOf);
  const known = typeof all === 'object' && all !== null && Object.hasOwn(all, given.entry);
  return JSON.stringify(known ? { [given.entry]: (all as Record<string, unknown>)[given.entry] } : {});
}

/** The parser's message is not repeated, because it quotes the text, which contains secrets. */
function parsed(path: string): unknown {
  const text = readFileSync(path, 'utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${path} is not JSON`);
  }
}

export function launchFault(given: { readonly what: string; readonly cwd: string; readonly error: unknown }): Fault {
  const { what, cwd, error } = given;
  const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
  return new Fault({
    code: full ? 'disk-full' : 'launch-failed',
    message: `${what}: ${error instanceof Error ? error.message : String(error)}`,
    hint: `check that the folder ${cwd} exists, that the disk is not full, and that the limits of processes and open files (ulimit -u, ulimit -n) are not reached`,
    data: { cwd },
    cause: error,
  });
}
