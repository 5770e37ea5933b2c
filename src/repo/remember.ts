// Answers about a repository that hold as long as its files do: asked again within some seconds, and with the files
// untouched, git is not asked again. (What is written elsewhere, in the user's own configuration, shows after that time.)
import { statSync } from 'node:fs';
import type { Git } from './git.ts';
import { shareWork, type SharedWork, type Within } from './shared-work.ts';

export interface About<T> {
  readonly key: string;
  readonly files: (answer: T) => readonly string[];
  /** Of the one who asks; null: nothing ends it. */
  readonly signal: AbortSignal | null;
}

export type Remember = <T>(about: About<T>, ask: (at: Within) => Promise<T>) => Promise<T>;

export function createRemember(given: { readonly git: Git; readonly longestMs: number }): Remember {
  /** `holds`: are its files as they were? Of an answer that is still being asked for there is nothing to compare. */
  const known = new Map<string, { readonly at: number; readonly work: SharedWork<unknown>; holds: () => boolean }>();
  return <T>(about: About<T>, ask: (at: Within) => Promise<T>): Promise<T> => {
    const entry = known.get(about.key);
    // One key always goes with one kind of answer. A clock that was set back makes nothing young.
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

/** Git replaces a file by renaming a new one over it, so a change is another inode or another time. */
function stampOf(files: readonly string[]): string {
  const facts = files.map((file) => statSync(file, { bigint: true, throwIfNoEntry: false }));
  return facts.map((one) => (one === undefined ? 'none' : `${one.ino} ${one.size} ${one.mtimeNs} ${one.ctimeNs}`)).join();
}
