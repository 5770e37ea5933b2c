// Git opens certain files of a checkout by their names (`.gitignore`, the HEAD of a repository inside it, …), and where a pipe
// stands in such a place it waits for a writer who never comes. So when git takes long over a checkout, such pipes are
// looked for and opened for writing, which gives git their end at once; those that stand among the files of the
// checkout are taken away, for they hold nothing. To be used when all that worked in the checkout has ended: no new ones appear.
import { closeSync, constants, openSync, rmSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Git, GitCall } from '../git.ts';
import { fileText, type Path } from './git-files.ts';
import { latin1, raw } from './record.ts';

/** Longer than nearly every call takes, short enough to be waited for. Milliseconds. */
const afterMs = 1_000;

/** How often those that stand in repositories inside it, and are not taken away, are opened again. */
const againMs = 50;

/** The same git, none of whose calls waits for a pipe of the checkout. */
export function onCheckout(git: Git, top: string): Git {
  const free = async <T>(call: GitCall, ask: (call: GitCall) => Promise<T>): Promise<T> => {
    // What takes long there is the network.
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

/** No abort signal: to abort one makes an error with a stack, once for each call. */
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
      // The site's own: it was looked at before, and git of ours reads only objects in there.
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

/** The git folder to which a file or a link `.git` leads, wherever it is. */
function ledTo(path: string, isFile: boolean) {
  const pointer = isFile ? /^gitdir: (.+)\n?$/.exec(fileText(raw(path)) ?? '')?.[1] : path;
  if (pointer === undefined) return [];
  return [{ folder: resolve(dirname(path), pointer), git: true }];
}

/** Answers whether it is, or leads to, something that is no file and no folder. Only a pipe is opened: a device may do something. */
function wake(path: string): boolean {
  const facts = factsOf(raw(path));
  if (facts === null || facts.isFile() || facts.isDirectory()) return false;
  if (facts.isFIFO()) {
    try {
      closeSync(openSync(raw(path), constants.O_RDWR | constants.O_NONBLOCK));
    } catch {
      // It is not ours to open; git is ended at its deadline then.
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
