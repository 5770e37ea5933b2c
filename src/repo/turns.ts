// Orders work within this process. Work that writes to what all worktrees of a repository share runs one at a time, and a
// remote's answer serves everybody who asks the same a moment later.
import pLimit from 'p-limit';
import type { Git } from './git.ts';
import { shareWork, type SharedWork, type Within } from './shared-work.ts';

export interface Turns {
  /** Runs the work when no other work with the same key is running. */
  alone<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Runs the work, or returns the answer of a run of the same name that began less than `freshMs` ago and did not fail. */
  shared<T>(asked: { readonly name: string; readonly signal: AbortSignal | null }, work: (at: Within) => Promise<T>): Promise<T>;
}

export function createTurns(given: { readonly git: Git; readonly freshMs: number }): Turns {
  const limits = new Map<string, ReturnType<typeof pLimit>>();
  const runs = new Map<string, { readonly at: number; readonly work: SharedWork<unknown> }>();

  const alone = <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const limit = limits.get(key) ?? pLimit(1);
    limits.set(key, limit);
    return limit(work);
  };
  const shared: Turns['shared'] = <T>(
    { name, signal }: { readonly name: string; readonly signal: AbortSignal | null },
    work: (at: Within) => Promise<T>,
  ): Promise<T> => {
    const known = runs.get(name);
    // A clock that was set back makes no answer fresh. Each name always belongs to the same kind of work.
    const isFresh = known !== undefined && Math.abs(Date.now() - known.at) < given.freshMs;
    if (isFresh && !known.work.isLeft()) return known.work.join(signal) as Promise<T>;
    const run = { at: Date.now(), work: shareWork(given.git, work) };
    runs.set(name, run);
    // Callers that wait for it get the failure; later callers try again.
    run.work.answer.catch(() => runs.get(name) === run && runs.delete(name));
    return run.work.join(signal);
  };
  return { alone, shared };
}
