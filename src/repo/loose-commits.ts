// Counts the commits on top of a base, read from the commits themselves if a worker has just made them: as loose files, a
// format as old as git ("Git Internals - Git Objects"). Git's own count would be a process, at a hundred times the cost.
import { readFileSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';

/** A worker makes a handful; longer histories are left to git. */
const longestWay = 50;
const largestCommit = 64 * 1024;

/** Null if these files do not tell: the commits are packed, borrowed, merged, or not on top of the base. */
export function looseCommits(given: {
  /** Folders of objects. */
  readonly stores: readonly string[];
  readonly base: string;
  readonly head: string;
}): number | null {
  let at = given.head;
  for (let count = 0; count <= longestWay; count += 1) {
    if (at === given.base) return count;
    const name = join(at.slice(0, 2), at.slice(2));
    const parent = given.stores.map((store) => onlyParent(join(store, name))).find((one) => one !== null);
    if (parent === undefined) return null;
    at = parent;
  }
  return null;
}

function onlyParent(file: string): string | null {
  try {
    const facts = lstatSync(file, { throwIfNoEntry: false });
    if (facts?.isFile() !== true || facts.size > largestCommit) return null;
    const text = inflateSync(readFileSync(file), { maxOutputLength: largestCommit }).toString('latin1');
    return /^commit \d+\0tree [0-9a-f]+\nparent ([0-9a-f]+)\nauthor /.exec(text)?.[1] ?? null;
  } catch {
    // Whatever the problem is, git will report it.
    return null;
  }
}
