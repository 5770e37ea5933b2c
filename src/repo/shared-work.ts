// Work that several callers request and that is done once. It is ended when all callers have given up, and never because
// one of them has: that caller just stops waiting.
import type { Git } from './git.ts';
import { stopped } from './site/record.ts';

/** For the work itself: a git that ends with it, and its signal for work that it shares with others in turn. */
export interface Within {
  readonly git: Git;
  readonly signal: AbortSignal;
}

export interface SharedWork<T> {
  readonly answer: Promise<T>;
  /**
   * Waits for the answer as a further caller; `signal` is null for a caller that never gives up. Faults: those of the
   * work; `stopped`.
   */
  readonly join: (signal: AbortSignal | null) => Promise<T>;
  /** Whether all callers gave up before it was done, so that the next caller has to begin again. */
  readonly isLeft: () => boolean;
}

/** Begins the work. A caller has to join at once. */
export function shareWork<T>(git: Git, work: (at: Within) => Promise<T>): SharedWork<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const answer = work({ git: git.within(signal), signal });
  let waiting = 0;
  let settled = false;
  const end = (): void => void (settled = true);
  answer.then(end, end);
  const join = async (asker: AbortSignal | null): Promise<T> => {
    waiting += 1;
    try {
      return await untilAborted(answer, asker);
    } finally {
      waiting -= 1;
      if (waiting === 0 && !settled) controller.abort();
    }
  };
  return { answer, join, isLeft: () => signal.aborted };
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal | null): Promise<T> {
  if (signal === null) return work;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(stopped());
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
