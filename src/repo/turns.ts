// Who goes when, within this process. Work that writes what all worktrees of a repository share is done one at a
// time, and a fetch is shared by all who asked for it before it started.
import pLimit from 'p-limit';

export interface Turns {
  /** Runs the work when no other work with the same key runs. */
  alone<T>(key: string, work: () => Promise<T>): Promise<T>;
  /**
   * Runs the work alone under the key, or joins a run of the same name that has not started yet. A run that has started
   * is never joined: what it brings may be older than the request.
   */
  shared<T>(as: { readonly key: string; readonly name: string }, work: () => Promise<T>): Promise<T>;
}

export function createTurns(): Turns {
  const limits = new Map<string, ReturnType<typeof pLimit>>();
  const waiting = new Map<string, Promise<unknown>>();

  const alone = <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const limit = limits.get(key) ?? pLimit(1);
    limits.set(key, limit);
    return limit(work);
  };
  const shared = <T>(as: { readonly key: string; readonly name: string }, work: () => Promise<T>): Promise<T> => {
    const full = JSON.stringify([as.key, as.name]);
    const joined = waiting.get(full);
    // One name always goes with one kind of work.
    if (joined !== undefined) return joined as Promise<T>;
    const run = alone(as.key, () => {
      waiting.delete(full);
      return work();
    });
    waiting.set(full, run);
    return run;
  };
  return { alone, shared };
}
