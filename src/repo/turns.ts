// Who goes when, within this process. Work that writes what all worktrees of a repository share is done one at a
// time, and what was asked of a remote serves all who ask the same a moment later.
import pLimit from 'p-limit';

export interface Turns {
  /** Runs the work when no other work with the same key runs. */
  alone<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Runs the work, or answers what a run of the same name answers that began less than `freshMs` ago and did not fail. */
  shared<T>(name: string, work: () => Promise<T>): Promise<T>;
}

export function createTurns(given: { readonly freshMs: number }): Turns {
  const limits = new Map<string, ReturnType<typeof pLimit>>();
  const runs = new Map<string, { readonly at: number; readonly answer: Promise<unknown> }>();

  const alone = <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const limit = limits.get(key) ?? pLimit(1);
    limits.set(key, limit);
    return limit(work);
  };
  const shared = <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const known = runs.get(name);
    // A clock that was set back makes nothing fresh. One name always goes with one kind of work.
    if (known !== undefined && Math.abs(Date.now() - known.at) < given.freshMs) return known.answer as Promise<T>;
    const run = { at: Date.now(), answer: work() };
    runs.set(name, run);
    // Whoever waits for it is told; whoever comes later tries anew.
    run.answer.catch(() => runs.get(name) === run && runs.delete(name));
    return run.answer;
  };
  return { alone, shared };
}
