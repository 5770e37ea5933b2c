// Finds secrets in the bytes of a file that arrives in pieces: the line, and the text around the secret in that line, by
// which the same line can be recognized elsewhere. Only as much of the earlier pieces is kept as this needs.
import type { Sieve } from './mask.ts';

export interface Sighting {
  readonly name: string;
  /** Counted from 1. */
  readonly line: number;
  /** The line without the blanks at its ends; for a long line, only as much as is searched on both sides. */
  readonly around: string;
}

/** The state of the search between two pieces. */
export interface Looked {
  readonly kept: string;
  /** From this offset on, `kept` has not been searched yet. */
  readonly from: number;
  /** The line of the first character of `kept`. */
  readonly line: number;
}

export const unlooked: Looked = { kept: '', from: 0, line: 1 };

/** How many characters of a line are kept on each side. */
const reach = 256;

/**
 * `bytes`: the next piece, one character for each byte; `last`: no other piece follows. `end`: the characters that end a
 * line.
 */
export function lookOn(
  sieve: Sieve,
  given: { readonly looked: Looked; readonly bytes: string; readonly last: boolean; readonly end?: string },
): { readonly seen: readonly Sighting[]; readonly looked: Looked } {
  const { looked, last, end = '\n' } = given;
  const text = looked.kept + given.bytes;
  // A secret that begins before this offset is complete here, with all the text that is kept behind it.
  const until = last ? text.length : Math.max(looked.from, text.length - sieve.longest - reach);
  const seen: Sighting[] = [];
  let [from, counted, line] = [looked.from, 0, looked.line];
  const lineAt = (at: number): number => {
    line += countOf(end, text.slice(counted, at));
    counted = at;
    return line;
  };
  const begin = Math.max(0, until - reach);
  const next = { kept: text.slice(begin), line: looked.line + countOf(end, text.slice(0, begin)) };
  for (let found = sieve.first(text, from); found !== null && found.at < until; found = sieve.first(text, from)) {
    const before = text.slice(Math.max(0, found.at - reach), found.at);
    const behind = text.slice(found.end, found.end + reach);
    const around = before.slice(before.lastIndexOf(end) + 1) + text.slice(found.at, found.end) + behind.split(end, 1).join('');
    seen.push({ name: found.name, line: lineAt(found.at), around: around.trim() });
    from = found.end;
  }
  return { seen, looked: { ...next, from: Math.max(from, until) - begin } };
}

function countOf(end: string, text: string): number {
  let count = 0;
  for (let at = text.indexOf(end); at !== -1; at = text.indexOf(end, at + 1)) count += 1;
  return count;
}
