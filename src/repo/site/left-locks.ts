// A worker that was killed in the middle of git's work leaves a lock that nobody will ever give back: every later attempt
// in its site would fail at it. Once all of the worker has ended, what was locked in its time in its own repository has no
// owner.
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { below, filesBelow } from './git-files.ts';
import { amiss, siteAt } from './record.ts';

/** File systems' and our own clock may differ by as much. Milliseconds. */
const slack = 1000;

/** Answers the paths of what was taken away. */
export function takeLeftLocks(given: { readonly worktree: string; readonly since: number }): readonly string[] {
  const site = siteAt(given.worktree);
  if (site === null || amiss(site) !== null) return [];
  const gitFolder = join(site.path, '.git');
  const names = [...readdirSync(gitFolder, 'latin1'), ...filesBelow(join(gitFolder, 'refs')).map((name) => `refs/${name}`)];
  const taken = names
    .filter((name) => name.endsWith('.lock'))
    .map((name) => below(gitFolder, name))
    .filter((lock) => {
      const facts = lstatSync(lock, { throwIfNoEntry: false });
      return facts?.isFile() === true && facts.mtimeMs >= given.since - slack;
    });
  for (const lock of taken) rmSync(lock, { force: true });
  return taken.map((lock) => lock.toString());
}
