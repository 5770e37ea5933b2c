// Where in the bytes of a file, of which one piece comes after the other, a secret stands: its line, and what is around it in
// that line, by which the same line is known again elsewhere. Of what has been looked through only so much is kept as that takes.
import type { Sieve } from './mask.ts';

export interface Sighting {
  readonly name: string;
  /** From 1 on. */
  readonly line: number;
  /** The line, without the blanks at its ends; of a long one as much as is looked at on both sides. */
  readonly around: string;
}

/** How far a look has come. */
export interface Looked {
  readonly kept: string;
  /** From here on `kept` has not been looked through. */
  readonly from: number;
  /** Of the first character of `kept`. */
  readonly line: number;
}

export const unlooked: Looked = { kept: '', from: 0, line: 1 };

/** So much of a line is looked at on each side. */
const reach = 256;

/** `bytes`: what comes next, one character for each byte; `last`: nothing follows. `end`: what ends a line. */
export function lookOn(
  sieve: Sieve,
  given: { readonly looked: Looked; readonly bytes: string; readonly last: boolean; readonly end?: string },
): { readonly seen: readonly Sighting[]; readonly looked: Looked } {
  const { looked, last, end = '\n' } = given;
  const text = looked.kept + given.bytes;
  // What begins before that is here in full, with all that is looked at behind it.
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
