// The object stores that a site borrows from: the person's, and where that borrows itself from others in a long chain, all
// of them side by side, because git follows a chain for five steps only, and a site is one step more.
import { join, resolve } from 'node:path';
import { fileText } from './git-files.ts';

/** The reader sees the person's store through the worker's as well. */
const longestChain = 3;

/** Absolute. Those at the end of a chain first: git does not follow again what it knows already. */
export function lentStores(common: string): readonly string[] {
  const own = join(common, 'objects');
  const found: string[] = [];
  return follow({ store: own, seen: new Set(), found }) > longestChain ? found : [own];
}

/** Answers how many steps lead on from there; a store is added after all that it leads to. */
function follow(given: { readonly store: string; readonly seen: Set<string>; readonly found: string[] }): number {
  const { store, seen, found } = given;
  if (seen.has(store)) return 0;
  seen.add(store);
  const steps = alternatesOf(store).map((next) => follow({ ...given, store: next }) + 1);
  found.push(store);
  return Math.max(0, ...steps);
}

function alternatesOf(store: string): readonly string[] {
  // Bytes, one character each, until a line is read: a quoted one may hold parts of a letter.
  return (fileText(join(store, 'info', 'alternates')) ?? '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => resolve(store, Buffer.from(line.startsWith('"') ? unquoted(line) : line, 'latin1').toString('utf8')));
}

/** As git quotes a string of C. */
function unquoted(line: string): string {
  return line
    .slice(1, line.lastIndexOf('"'))
    .replaceAll(/\\(?:([0-7]{3})|(.))/g, (_, octal: string | undefined, letter: string) =>
      octal === undefined ? (letters.get(letter) ?? letter) : String.fromCodePoint(Number.parseInt(octal, 8)),
    );
}

const letters: ReadonlyMap<string, string> = new Map([['n', '\n'], ['t', '\t'], ['r', '\r'], ['a', '\u0007'], ['b', '\b'], ['f', '\f'], ['v', '\v']]); // prettier-ignore
