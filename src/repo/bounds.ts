// Ends a call before its program has ended: at its deadline, on abort, or after too much output. The program is then ended
// with its whole process tree: its group, and every process with the marker in its environment that left the group. If a
// program ends by itself, nobody is searched for: a scan of the machine's processes costs more than most calls of git.
import type { ChildProcess } from 'node:child_process';
import { endTree } from '../lib/end-tree.ts';
import { processes } from '../lib/processes.ts';
import type { Marker } from '../lib/process-table.ts';
import { within } from '../lib/within.ts';

export type Cut = 'deadline' | 'aborted' | 'output';

export interface Bounds {
  readonly timeoutMs: number;
  /** From TERM to KILL. */
  readonly graceMs: number;
  /** The limit in bytes for both streams together. */
  readonly mostOutput: number;
  /** Must not be aborted yet. */
  readonly signal: AbortSignal | null;
}

export interface Watch {
  /** Counts what the program wrote, and returns whether it is still to be kept. */
  readonly count: (bytes: number) => boolean;
  /** Why the call was cut off; null if it was not, so far. */
  cut(): Cut | null;
  /** The program has ended by itself. Must not be called after a cut. */
  release(): void;
}

/** A process without the marker may still hold the output open after the tree has ended. It is waited for this long. */
const drainMs = 500;

export function watchBounds(given: {
  readonly bounds: Bounds;
  /** The leader of the program's group; its end has not been observed yet. */
  readonly child: ChildProcess;
  readonly marker: Marker;
  /** Called once, when a call that was cut off has ended with its tree, or could not be ended. */
  readonly ended: () => void;
  readonly failed: (error: unknown) => void;
}): Watch {
  const { bounds, child } = given;
  let [cut, size]: [Cut | null, number] = [null, 0];
  const cutOff = (why: Cut): void => {
    if (cut !== null) return;
    cut = why;
    release();
    endWithTree({ child, marker: given.marker, graceMs: bounds.graceMs }).then(given.ended, given.failed);
  };
  const onAbort = (): void => cutOff('aborted');
  const limit = setTimeout(() => cutOff('deadline'), bounds.timeoutMs);
  bounds.signal?.addEventListener('abort', onAbort);
  const release = (): void => {
    clearTimeout(limit);
    bounds.signal?.removeEventListener('abort', onAbort);
  };
  return {
    count: (bytes) => {
      size += bytes;
      if (size > bounds.mostOutput) cutOff('output');
      // A program that ignores TERM may write gigabytes until it is killed.
      return cut !== 'output';
    },
    cut: () => cut,
    release,
  };
}

/** TERM first, so that git can remove its own lock files; what ignores it is killed. */
async function endWithTree(given: { readonly child: ChildProcess; readonly marker: Marker; readonly graceMs: number }): Promise<void> {
  const { child, marker, graceMs } = given;
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  await endTree({ marker, leader: leaderOf(child), leaderLast: false }, { graceMs });
  await within(closed, drainMs);
  for (const pipe of child.stdio) pipe?.destroy();
  // A process that the kernel does not release must not keep this process alive either.
  child.unref();
}

/**
 * The leader of the program's process group. Until Node has reported its end, its pid cannot belong to another process.
 * After its end, the group is ours if a process in it has the marker in its environment.
 */
function leaderOf(child: ChildProcess) {
  if (child.pid === undefined) return null;
  const running = child.exitCode === null && child.signalCode === null;
  const startTime = (running ? processes.look(child.pid)?.startTime : undefined) ?? 'ended';
  return { pid: child.pid, startTime, group: child.pid };
}
