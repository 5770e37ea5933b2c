// The object stores that a site borrows from: the person's, and if that borrows from others in a long chain, all of them
// side by side. Git follows a chain for only five steps, and a site adds one.
import { join, resolve } from 'node:path';
import { fileText } from './git-files.ts';

/** The reader sees the person's store through the worker's as well. */
const longestChain = 3;

/** Absolute paths. The ends of chains come first, because git does not follow a store again that it knows already. */
export function lentStores(common: string): readonly string[] {
  const own = join(common, 'objects');
  const found: string[] = [];
  return follow({ store: own, seen: new Set(), found }) > longestChain ? found : [own];
}

/** Returns the number of steps in the chain from here. A store is added after all stores that it leads to. */
function follow(given: { readonly store: string; readonly seen: Set<string>; readonly found: string[] }): number {
  const { store, seen, found } = given;
  if (seen.has(store)) return 0;
  seen.add(store);
  const steps = alternatesOf(store).map((next) => follow({ ...given, store: next }) + 1);
  found.push(store);
  return Math.max(0, ...steps);
}

function alternatesOf(store: string): readonly string[] {
  // As bytes, one character each, until a line is read: a quoted one may contain parts of a letter.
  return (fileText(join(store, 'info', 'alternates')) ?? '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => resolve(store, Buffer.from(line.startsWith('"') ? unquoted(line) : line, 'latin1').toString('utf8')));
}

/** Reverses git's quoting, which is that of C strings. */
function unquoted(line: string): string {
  return line
    .slice(1, line.lastIndexOf('"'))
    .replaceAll(/\\(?:([0-7]{3})|(.))/g, (_, octal: string | undefined, letter: string) =>
      octal === undefined ? (letters.get(letter) ?? letter) : String.fromCodePoint(Number.parseInt(octal, 8)),
    );
}

const letters: ReadonlyMap<string, string> = new Map([['n', '\n'], ['t', '\t'], ['r', '\r'], ['a', '\u0007'], ['b', '\b'], ['f', '\f'], ['v', '\v']]); // prettier-ignore
