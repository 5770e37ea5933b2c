// Answers about a repository that hold as long as its files do: asked again within some seconds, and with the files
// untouched, git is not asked again. (What is written elsewhere, in the user's own configuration, shows after that time.)
import { statSync } from 'node:fs';

export type Remember = <T>(
  about: { readonly key: string; readonly files: (answer: T) => readonly string[] },
  ask: () => Promise<T>,
) => Promise<T>;

export function createRemember(given: { readonly longestMs: number }): Remember {
  const known = new Map<string, { readonly at: number; readonly answer: unknown; readonly stamp: string }>();
  return async <T>(about: { readonly key: string; readonly files: (answer: T) => readonly string[] }, ask: () => Promise<T>) => {
    const entry = known.get(about.key);
    // One key always goes with one kind of answer. A clock that was set back makes nothing young.
    if (entry !== undefined && Math.abs(Date.now() - entry.at) < given.longestMs) {
      const answer = entry.answer as T;
      if (stampOf(about.files(answer)) === entry.stamp) return answer;
    }
    const at = Date.now();
    const answer = await ask();
    known.set(about.key, { at, answer, stamp: stampOf(about.files(answer)) });
    return answer;
  };
}

/** Git replaces a file by renaming a new one over it, so a change is another inode or another time. */
function stampOf(files: readonly string[]): string {
  const facts = files.map((file) => statSync(file, { bigint: true, throwIfNoEntry: false }));
  return facts.map((one) => (one === undefined ? 'none' : `${one.ino} ${one.size} ${one.mtimeNs} ${one.ctimeNs}`)).join();
}
