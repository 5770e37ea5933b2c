// A worker that was killed in the middle of git's work leaves a lock that nobody will ever give back: every later attempt
// in its worktree would fail at it. Once all of the worker has ended, what was locked in its time, in its own worktree's
// records and on its own branch, has no owner. Every other lock stays: whether its owner lives cannot be known.
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { linkAt } from './registry.ts';

/** File systems' and our own clock may differ by as much. Milliseconds. */
const slack = 1000;

/** Answers the paths of what was taken away. */
export function takeLeftLocks(given: { readonly worktree: string; readonly branch: string; readonly since: number }): readonly string[] {
  const link = linkAt(given.worktree);
  if (link === null) return [];
  const own = readdirSync(link.admin).flatMap((name) => (name.endsWith('.lock') ? [join(link.admin, name)] : []));
  const taken = [...own, join(link.common, 'refs', 'heads', `${given.branch}.lock`)].filter((lock) => {
    const facts = statSync(lock, { throwIfNoEntry: false });
    return facts?.isFile() === true && facts.mtimeMs >= given.since - slack;
  });
  for (const lock of taken) rmSync(lock, { force: true });
  return taken;
}
