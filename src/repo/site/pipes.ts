// Git opens certain files of a checkout by their names (`.gitignore`, the HEAD of a repository inside it, …). If one of
// them is a pipe, git waits for a writer that never comes. So if git takes long over a checkout, such pipes are searched
// for and opened for writing, which gives git an end of file at once. Pipes among the files of the checkout are removed,
// because they contain nothing. Everything that worked in the checkout must have ended, so that no new pipes appear.
import { closeSync, constants, openSync, rmSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Git, GitCall } from '../git.ts';
import { fileText, type Path } from './git-files.ts';
import { latin1, raw } from './record.ts';

/** In milliseconds: longer than nearly every call takes, and still short. */
const afterMs = 1_000;

/** How often pipes in repositories inside it, which are not removed, are opened again. */
const againMs = 50;

/** The same git, but none of its calls waits for a pipe of the checkout. */
export function onCheckout(git: Git, top: string): Git {
  const free = async <T>(call: GitCall, ask: (call: GitCall) => Promise<T>): Promise<T> => {
    // Such calls take long because of the network.
    if (call.kind === 'network' || call.kind === 'push') return ask(call);
    const over: Over = { ended: false };
    const timer = setTimeout(() => void freePipes(latin1(top), over), afterMs);
    try {
      return await ask(call);
    } finally {
      clearTimeout(timer);
      over.ended = true;
    }
  };
  return {
    run: (call) => free(call, (same) => git.run(same)),
    text: (call) => free(call, (same) => git.text(same)),
    maybe: (call) => free(call, (same) => git.maybe(same)),
    within: (signal) => onCheckout(git.within(signal), top),
    signal: git.signal,
  };
}

/** No abort signal, because aborting one creates an error with a stack trace for each call. */
interface Over {
  ended: boolean;
}

const readByGit = new Set(['.gitignore', '.gitattributes', '.gitmodules', '.mailmap']);

/** Paths are bytes, one character each. */
async function freePipes(top: string, over: Over): Promise<void> {
  const waiting: string[] = [];
  const folders = [{ folder: top, git: false }];
  const seen = new Set<string>();
  for (let at = folders.pop(); at !== undefined && !over.ended; at = folders.pop()) {
    if (seen.has(at.folder)) continue;
    seen.add(at.folder);
    for (const entry of await readdir(raw(at.folder), { withFileTypes: true, encoding: 'latin1' }).catch(() => [])) {
      const path = `${at.folder}/${entry.name}`;
      // The site's own git folder was checked before, and our git reads only objects there.
      if (path === `${top}/.git`) continue;
      const git = at.git || entry.name === '.git';
      if (entry.isDirectory()) folders.push({ folder: path, git });
      else if (entry.name === '.git') folders.push(...ledTo(path, entry.isFile()));
      else if (!entry.isFile() && (git || readByGit.has(entry.name)) && wake(path) && (git || !removed(path))) waiting.push(path);
    }
  }
  while (waiting.length > 0 && !over.ended) {
    for (const path of waiting) wake(path);
    await new Promise((done) => setTimeout(done, againMs).unref());
  }
}

/** The git folder that a file or link `.git` leads to, wherever it is. */
function ledTo(path: string, isFile: boolean) {
  const pointer = isFile ? /^gitdir: (.+)\n?$/.exec(fileText(raw(path)) ?? '')?.[1] : path;
  if (pointer === undefined) return [];
  return [{ folder: resolve(dirname(path), pointer), git: true }];
}

/**
 * Returns whether the path is, or leads to, something that is neither a file nor a folder. Only a pipe is opened, because
 * opening a device may have effects.
 */
function wake(path: string): boolean {
  const facts = factsOf(raw(path));
  if (facts === null || facts.isFile() || facts.isDirectory()) return false;
  if (facts.isFIFO()) {
    try {
      closeSync(openSync(raw(path), constants.O_RDWR | constants.O_NONBLOCK));
    } catch {
      // We may not open it; git is then ended at its deadline.
    }
  }
  return true;
}

function factsOf(path: Path) {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

function removed(path: string): boolean {
  rmSync(raw(path), { force: true });
  return true;
}
