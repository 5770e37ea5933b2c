// Remembers answers about a repository while its files do not change: a question that is repeated within some seconds is
// not sent to git again. Changes elsewhere, such as in the user's own configuration, show after that time.
import { statSync } from 'node:fs';
import type { Git } from './git.ts';
import { shareWork, type SharedWork, type Within } from './shared-work.ts';

export interface About<T> {
  readonly key: string;
  readonly files: (answer: T) => readonly string[];
  /** The caller's signal; null if nothing ends the question. */
  readonly signal: AbortSignal | null;
}

export type Remember = <T>(about: About<T>, ask: (at: Within) => Promise<T>) => Promise<T>;

export function createRemember(given: { readonly git: Git; readonly longestMs: number }): Remember {
  /** `holds`: whether the files are unchanged. For an answer that is still being computed there is nothing to compare. */
  const known = new Map<string, { readonly at: number; readonly work: SharedWork<unknown>; holds: () => boolean }>();
  return <T>(about: About<T>, ask: (at: Within) => Promise<T>): Promise<T> => {
    const entry = known.get(about.key);
    // Each key always belongs to the same kind of answer. A clock that was set back makes no answer young.
    const isYoung = entry !== undefined && Math.abs(Date.now() - entry.at) < given.longestMs;
    if (isYoung && !entry.work.isLeft() && entry.holds()) return entry.work.join(about.signal) as Promise<T>;
    const work = shareWork(given.git, ask);
    const made = { at: Date.now(), work, holds: () => true };
    known.set(about.key, made);
    work.answer.then(
      (value) => {
        const files = about.files(value);
        const stamp = stampOf(files);
        made.holds = () => stampOf(files) === stamp;
      },
      () => known.get(about.key) === made && known.delete(about.key),
    );
    return work.join(about.signal);
  };
}

/** Git replaces a file by renaming a new one over it, so a change shows as another inode or another time. */
function stampOf(files: readonly string[]): string {
  const facts = files.map((file) => statSync(file, { bigint: true, throwIfNoEntry: false }));
  return facts.map((one) => (one === undefined ? 'none' : `${one.ino} ${one.size} ${one.mtimeNs} ${one.ctimeNs}`)).join();
}
