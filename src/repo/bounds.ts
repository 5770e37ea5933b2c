// What ends a call before its program has ended: its deadline, its abort signal, or too much output. The program then
// ends with its whole tree: its group, and by the marker in their environment all that left it. Nobody is looked for
// when a program ends by itself: a scan of the machine's processes costs more than most calls of git.
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
  /** Bytes of both streams together. */
  readonly mostOutput: number;
  /** Not aborted yet. */
  readonly signal: AbortSignal | null;
}

export interface Watch {
  /** Counts what the program wrote; answers whether it is still to be kept. */
  readonly count: (bytes: number) => boolean;
  /** Why the call was cut off; null: it was not, so far. */
  cut(): Cut | null;
  /** The program has ended by itself. Not to be called after a cut. */
  release(): void;
}

/** Those who still hold the output after the tree has ended carry no marker; they are not waited for longer. */
const drainMs = 500;

export function watchBounds(given: {
  readonly bounds: Bounds;
  /** The leader of the group in which the program runs; it has not been seen to end yet. */
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
      // What does not heed TERM may write gigabytes until it is killed.
      return cut !== 'output';
    },
    cut: () => cut,
    release,
  };
}

/** TERM first, which lets git take its own lock files away; what does not heed it is killed. */
async function endWithTree(given: { readonly child: ChildProcess; readonly marker: Marker; readonly graceMs: number }): Promise<void> {
  const { child, marker, graceMs } = given;
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  await endTree({ marker, leader: leaderOf(child), leaderLast: false }, { graceMs });
  await within(closed, drainMs);
  for (const pipe of child.stdio) pipe?.destroy();
  // What the kernel did not let go must not keep this process either.
  child.unref();
}

/** The pid is its own until its end is known here; a group without its leader is ours when a carrier is in it. */
function leaderOf(child: ChildProcess) {
  if (child.pid === undefined) return null;
  const running = child.exitCode === null && child.signalCode === null;
  const startTime = (running ? processes.look(child.pid)?.startTime : undefined) ?? 'ended';
  return { pid: child.pid, startTime, group: child.pid };
}
