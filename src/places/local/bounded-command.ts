// Runs a command and ends its whole process tree with it: at its end, at the time limit and on abort. It never waits for
// ever for a process that holds the pipe open: the pipe is closed a moment after the tree has ended.
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

/** From TERM to KILL, for processes that outlive their command or its time limit; nothing of value is at stake. */
const graceMs = 2000;
const drainMs = 500;
/** A longer timer would fire at once. */
const longestMs = 2 ** 31 - 1;

export interface BoundedResult {
  /** Both are null if the command was not started, or could not be ended. */
  readonly exit: Exit;
  readonly why: 'ended' | 'timeout' | 'aborted';
  readonly stdout: string;
  readonly stderr: string;
}

export async function boundedCommand(given: {
  /** For /bin/sh; `$0` is a name for the script, and `args` are `$1` and so on. */
  readonly script: string;
  readonly args: readonly string[];
  /** The mounts around the command, see `Isolation`. */
  readonly table: string | null;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /**
   * Every process that carries it is ended with the command. Nobody else uses it, in particular no worker that should go
   * on.
   */
  readonly marker: Marker;
  readonly stdin: string | null;
  /** How many bytes at the end of each stream are kept. */
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
  // A command that does not read its standard input is no error.
  child.stdin?.on('error', () => {});
  await once(child, 'spawn');
  child.on('error', () => {});
  const leader = leaderOf(child);
  if (given.stdin !== null) child.stdin?.end(given.stdin);
  return { child, exited, closed, leader, stdout, stderr };
}

/** Read before we can learn of its end, so the pid is still its own even if it has ended meanwhile. */
function leaderOf(child: ChildProcess) {
  if (child.pid === undefined) return null;
  const startTime = processes.look(child.pid)?.startTime ?? 'ended';
  return { pid: child.pid, startTime, group: child.pid };
}

/** Reads everything, even beyond what is kept, because a full pipe would stop the command. */
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
    // The abort may have come while the command was being started.
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([exited.then(() => 'ended' as const), limit]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
