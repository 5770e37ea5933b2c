// Runs a command to its end and takes its whole tree with it: at its end, at the time limit and on abort. It never
// waits for ever on somebody who holds the pipe open: the pipe is given a moment after the tree has ended, then closed.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Exit } from '../../core/transcript/transcript.ts';
import { endTree } from '../../lib/end-tree.ts';
import { processes } from '../../lib/processes.ts';
import type { Marker } from '../../lib/process-table.ts';
import { tailBytes } from '../../lib/tail-bytes.ts';
import type { TailBytes } from '../../lib/tail-bytes.ts';
import { within } from '../../lib/within.ts';
import { launchFault } from './launch.ts';
import { withTable } from './mount-table.ts';
import { exitSeen } from './worker-folder.ts';

/** TERM to KILL, for what outlives its command or its time: nothing of value is at stake. */
const graceMs = 2000;
const drainMs = 500;
/** A longer timer would fire at once. */
const longestMs = 2 ** 31 - 1;

export interface BoundedResult {
  /** Both null when it was not started, or could not be ended. */
  readonly exit: Exit;
  readonly why: 'ended' | 'timeout' | 'aborted';
  readonly stdout: string;
  readonly stderr: string;
}

export async function boundedCommand(given: {
  /** For /bin/sh; `$0` is a name for it, `$1` and on are `args`. */
  readonly script: string;
  readonly args: readonly string[];
  /** What its boundary mounts, see `Isolation`. */
  readonly table: string | null;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** All that carries it is ended with the command: nobody else's, and no worker's that is still to run. */
  readonly marker: Marker;
  readonly stdin: string | null;
  /** Of each stream this many bytes are kept, from its end. */
  readonly keep: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}): Promise<BoundedResult> {
  if (given.signal.aborted) return { exit: { code: null, signal: null }, why: 'aborted', stdout: '', stderr: '' };
  const { child, exited, closed, leader, stdout, stderr } = await start(given).catch((error: unknown) => {
    throw launchFault({ what: 'The command could not be started', cwd: given.cwd, error });
  });
  const why = await firstOf({ exited, timeoutMs: given.timeoutMs, signal: given.signal });
  if (leader !== null) await endTree({ marker: given.marker, leader, leaderLast: false }, { graceMs });
  await within(exited, graceMs);
  await within(closed, drainMs);
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
  return { exit: exitSeen(child.exitCode, child.signalCode), why, stdout: stdout.text(), stderr: stderr.text() };
}

async function start(given: Parameters<typeof boundedCommand>[0]) {
  const child: ChildProcess = withTable(given.table, (files) =>
    spawn('/bin/sh', ['-c', given.script, 'yard-command', ...given.args], {
      cwd: given.cwd,
      env: { ...given.env, [given.marker.name]: given.marker.value },
      detached: true,
      stdio: [given.stdin === null ? 'ignore' : 'pipe', 'pipe', 'pipe', ...files],
    }),
  );
  const stdout = collect({ from: child.stdout, keep: given.keep });
  const stderr = collect({ from: child.stderr, keep: given.keep });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  // A command that does not read its standard input is not an error.
  child.stdin?.on('error', () => {});
  await once(child, 'spawn');
  child.on('error', () => {});
  const leader = leaderOf(child);
  if (given.stdin !== null) child.stdin?.end(given.stdin);
  return { child, exited, closed, leader, stdout, stderr };
}

/** Read before its end is known to us, so that the pid is still its own even if it has ended meanwhile. */
function leaderOf(child: ChildProcess) {
  if (child.pid === undefined) return null;
  const startTime = processes.look(child.pid)?.startTime ?? 'ended';
  return { pid: child.pid, startTime, group: child.pid };
}

/** Reads on beyond what is kept: a full pipe would stop the command. */
function collect(given: { readonly from: Readable | null; readonly keep: number }): TailBytes {
  const tail = tailBytes(given.keep);
  given.from?.on('data', (chunk: Buffer) => tail.add(chunk));
  return tail;
}

async function firstOf(given: {
  readonly exited: Promise<void>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}): Promise<BoundedResult['why']> {
  const { exited, signal } = given;
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => {};
  const limit = new Promise<BoundedResult['why']>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), Math.min(given.timeoutMs, longestMs));
    onAbort = () => resolve('aborted');
    signal.addEventListener('abort', onAbort);
    // It may have been aborted while the command was being started.
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([exited.then(() => 'ended' as const), limit]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
