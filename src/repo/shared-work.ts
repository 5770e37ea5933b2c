// Work that several ask for and that is done once. It ends when all who asked for it have gone, and never because one of them
// has: who goes only stops waiting.
import type { Git } from './git.ts';
import { stopped } from './site/record.ts';

/** For the work: a git that ends with it, and its signal, for what it shares with others in turn. */
export interface Within {
  readonly git: Git;
  readonly signal: AbortSignal;
}

export interface SharedWork<T> {
  readonly answer: Promise<T>;
  /** Waits for the answer as one more; `signal` null: one who does not go. Faults: those of the work; `stopped`. */
  readonly join: (signal: AbortSignal | null) => Promise<T>;
  /** All have gone before it was done: whoever comes now begins anew. */
  readonly isLeft: () => boolean;
}

/** Begins it. Somebody has to join at once. */
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
