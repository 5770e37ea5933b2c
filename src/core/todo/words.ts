// Splits a task's line into tokens and title words. Words that touch a code span in backticks always belong to the title. A
// known key with an unreadable value stays a token and is reported, so that nothing is silently treated as prose. The work
// is linear in the length of the line.
import { nearMiss } from '../near-miss.ts';
import { parseEstimate } from '../time.ts';

/** How the value of each known `key:value` is read. */
const shapes = {
  model: 'word',
  agent: 'word',
  mcp: 'list',
  role: 'word',
  category: 'word',
  'blocked-by': 'ids',
  blocks: 'ids',
  parent: 'id',
  assignee: 'word',
  logged: 'date',
  started: 'date',
  completed: 'date',
  verified: 'date',
  actual: 'duration',
  ref: 'list',
  pr: 'number',
  branch: 'word',
  status: 'word',
  priority: 'word',
  place: 'word',
  runner: 'word',
  contest: 'list',
} as const;

type Key = keyof typeof shapes;
type Shape = (typeof shapes)[Key];

/** Keys that a line has only once. The others may be given more than once, and their values add up. */
export type SingleKey = Exclude<Key, 'mcp' | 'blocked-by' | 'blocks' | 'ref' | 'contest'>;
export type TokenName = Key | 'owner' | 'tag' | 'estimate' | 'plan' | 'unknown';

const known: ReadonlyMap<string, Shape> = new Map(Object.entries(shapes));
const keys = Object.keys(shapes);
const listed: ReadonlySet<TokenName> = new Set(['mcp', 'blocked-by', 'blocks', 'ref', 'contest', 'tag', 'unknown']);

export function addsUp(name: TokenName): boolean {
  return listed.has(name);
}

export interface Token {
  readonly name: TokenName;
  /** Without the sign (`@`, `#`, `~`) or the key before it; for `unknown` the whole word. */
  readonly value: string;
  /** Offsets in the line. */
  readonly start: number;
  readonly end: number;
  /** What was expected instead; null if the value can be read. */
  readonly fault: string | null;
}

interface Doubt {
  readonly word: string;
  /** How the word is read instead. */
  readonly as: 'a word of its title' | 'a tag of yours' | 'a token of another program';
  readonly hint: string;
}

export interface Words {
  readonly title: string;
  readonly tokens: readonly Token[];
  /** Words that were probably meant differently, and how. */
  readonly doubts: readonly Doubt[];
}

/** The tag of tasks that a supervisor may start by itself (the dispatch tag). */
export const autoDispatch = 'auto-dispatch';

/** The text of a task list, and the prefix of its ids, such as `AUTH-`. Ids that begin with `t` are always read as well. */
export interface TodoList {
  readonly text: string;
  readonly ids: string;
}

/** No token is longer. A megabyte without a space is no token, and never reaches a regular expression. */
const longestToken = 2000;

const dateHint = 'a date, YYYY-MM-DD';
const durationHint = 'hours, minutes or days, such as 2h, 30m, 1d or 1h30m';
const idsHint = 'ids separated by commas without spaces, such as t1,t2.1';

export function readWords(given: { readonly line: string; readonly from: number; readonly ids: string }): Words {
  const { line, from, ids } = given;
  const code = codeSpans(line);
  const title: string[] = [];
  const tokens: Token[] = [];
  const doubts: Doubt[] = [];
  let span = 0;
  for (let start = skipSpace(line, from); start < line.length;) {
    let end = wordEnd(line, start);
    while ((code[span]?.end ?? Infinity) <= start) span += 1;
    const isCode = (code[span]?.start ?? Infinity) < end;
    const token = isCode || end - start > longestToken ? null : readToken({ line, start, end, ids, inTokens: tokens.length > 0 });
    if (token === null) {
      const word = line.slice(start, end);
      title.push(word);
      if (!isCode && word.length <= longestToken) doubts.push(...doubtsOf(word, tokens.length > 0));
    } else {
      tokens.push(token);
      doubts.push(...doubtsOfToken(token));
      end = token.end;
    }
    start = skipSpace(line, end);
  }
  return { title: title.join(' '), tokens, doubts };
}

/** Whether the whole text is one token of this name with a readable value, on whatever line it is written. */
export function isToken(given: { readonly text: string; readonly name: TokenName; readonly ids: string }): boolean {
  const { text, name, ids } = given;
  const [token] = readWords({ line: text, from: 0, ids }).tokens;
  // A single backtick could form a code span with another backtick of the line.
  return token?.name === name && token.fault === null && token.end === text.length && !text.includes('`');
}

/** CommonMark's rule: a run of backticks opens a span, and the next run of the same length closes it. */
function codeSpans(line: string): { start: number; end: number }[] {
  if (!line.includes('`')) return [];
  const runs = Array.from(line.matchAll(/`+/g), (run) => ({ start: run.index, length: run[0].length }));
  // Indexed from the right: for each length, the position of the next run. A search for each run would be quadratic in a
  // line full of backticks.
  const nextOfLength = new Map<number, number>();
  const closers: (number | undefined)[] = [];
  for (const [index, run] of [...runs.entries()].toReversed()) {
    closers[index] = nextOfLength.get(run.length);
    nextOfLength.set(run.length, run.start);
  }
  const spans: { start: number; end: number }[] = [];
  let after = 0;
  for (const [index, run] of runs.entries()) {
    const closer = closers[index];
    if (run.start < after || closer === undefined) continue;
    after = closer + run.length;
    spans.push({ start: run.start, end: after });
  }
  return spans;
}

export function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0x3000 || (code >= 0x2000 && code <= 0x200a);
}

export function skipSpace(line: string, from: number): number {
  let at = from;
  while (isSpace(line.charCodeAt(at))) at += 1;
  return at;
}

export function wordEnd(line: string, from: number): number {
  let at = from;
  while (at < line.length && !isSpace(line.charCodeAt(at))) at += 1;
  return at;
}

const planLink = /→[ \t]*\[([^\s[\]`]{1,500}\.md(?:#[^\s[\]`]{0,500})?)\](?:\([^\s()`]{0,500}\))?(?=\s|$)/y;
const ownerWord = /^@([\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_-])?)$/u;
const tagWord = /^#([\p{L}\p{N}_](?:[\p{L}\p{N}_./:-]*[\p{L}\p{N}_-])?)$/u;
const keyWord = /^([a-z][a-z0-9_-]*):(?!:|\/\/)(.+)$/i;

function readToken(given: { line: string; start: number; end: number; ids: string; inTokens: boolean }): Token | null {
  const { line, start, end, ids, inTokens } = given;
  const word = line.slice(start, end);
  const token = (name: TokenName, value: string, fault: string | null = null): Token => ({ name, value, start, end, fault });
  if (word.startsWith('→')) {
    planLink.lastIndex = start;
    const value = planLink.exec(line)?.[1];
    return value === undefined ? null : { ...token('plan', value), end: planLink.lastIndex };
  }
  if (word.startsWith('@')) {
    const owner = ownerWord.exec(word)?.[1];
    return owner === undefined ? null : token('owner', owner);
  }
  if (word.startsWith('#')) {
    const tag = tagWord.exec(word)?.[1];
    // `#12` in prose is an issue, not a tag.
    return tag === undefined || !/\p{L}/u.test(tag) ? null : token('tag', tag);
  }
  if (word.startsWith('~')) return readDuration(word) === null ? null : token('estimate', word.slice(1));
  const [, key = '', value = ''] = keyWord.exec(word) ?? [];
  const shape = known.get(key);
  if (shape !== undefined) return token(key as Key, value, shapeFault({ shape, value, ids }));
  // Words such as `node:fs` are prose in a title; among tokens they are tokens of another program.
  return inTokens && key !== '' ? token('unknown', word) : null;
}

function doubtsOf(word: string, inTokens: boolean): Doubt[] {
  const as = 'a word of its title';
  if (/^~\d/.test(word)) return [{ word, as, hint: `expected ${durationHint}` }];
  if (word === 'blocked-by:') return [{ word, as, hint: `expected ${idsHint}` }];
  // In a title, a word with a colon at its end may well be prose, such as "split the data model: …".
  if (inTokens && word.endsWith(':') && known.has(word.slice(0, -1)))
    return [{ word, as, hint: `did you mean ${word}VALUE? There is no space between the two` }];
  if (meansMark(word)) return [{ word, as, hint: `did you mean #${autoDispatch}? Write it by itself, without punctuation around it` }];
  return meantKey({ word, as });
}

/** Whether the word is the dispatch tag, whatever punctuation is around it and however it is misspelt. */
export function meansMark(word: string): boolean {
  const tag = /^[^\w#]*#([\w-]*\w)\W*$/.exec(word)?.[1];
  return tag !== undefined && (tag === autoDispatch || nearMiss({ word: tag, known: [autoDispatch] }) !== null);
}

function doubtsOfToken({ name, value }: Token): Doubt[] {
  if (name === 'unknown') return meantKey({ word: value, as: 'a token of another program' });
  const meant = name === 'tag' ? nearMiss({ word: value, known: [autoDispatch] }) : null;
  return meant === null ? [] : [{ word: `#${value}`, as: 'a tag of yours', hint: `did you mean #${meant}?` }];
}

/** Misspelt keys, and keys that other task lists use. */
function meantKey({ word, as }: Pick<Doubt, 'word' | 'as'>): Doubt[] {
  const [, key = '', value = ''] = keyWord.exec(word) ?? [];
  const meant = key === '' ? null : nearMiss({ word: key, known: keys });
  return meant === null ? [] : [{ word, as, hint: `did you mean ${meant}:${value}? If not, put it in backticks` }];
}

function shapeFault(given: { shape: Shape; value: string; ids: string }): string | null {
  const { shape, value, ids } = given;
  switch (shape) {
    case 'word':
    case 'list':
      return null;
    case 'ids':
      return value.split(',').every((id) => isTaskId(id, ids)) ? null : idsHint;
    case 'id':
      return isTaskId(value, ids) ? null : 'one id, such as t12 or t12.1';
    case 'date':
      return isDate(value) ? null : dateHint;
    case 'duration':
      return readDuration(value) === null ? durationHint : null;
    case 'number':
      return /^#?\d{1,9}$/.test(value) ? null : 'a number, such as #12';
  }
}

/** `t12`, `t12.1`, `t12.1.3`, and the same with the list's own prefix: `AUTH-12`. */
export function isTaskId(text: string, ids: string): boolean {
  return prefixes(ids).some((prefix) => text.startsWith(prefix) && /^\d{1,12}(?:\.\d{1,12}){0,2}$/.test(text.slice(prefix.length)));
}

/**
 * The text behind the prefix of a word that was probably meant as an id: digits, and perhaps more; null if it was not
 * meant as one.
 */
export function behindPrefix(word: string, ids: string): string | null {
  const rests = prefixes(ids).flatMap((prefix) => (word.toLowerCase().startsWith(prefix.toLowerCase()) ? word.slice(prefix.length) : []));
  return rests.find((rest) => /^\d/.test(rest)) ?? null;
}

/** The word without the punctuation that people put around it. */
export function bareWord(word: string): string {
  return word.replace(/^[*_`~[(<"']+|[*_`~\])>"'.:,;]+$/g, '');
}

/** The id that the word is, or was probably meant to be; null if none. */
export function meantId(word: string, ids: string): string | null {
  const bare = bareWord(word);
  const prefix = prefixes(ids).find((one) => bare.toLowerCase().startsWith(one.toLowerCase()));
  const number = /^\d{1,12}(?:\.\d{1,12}){0,2}/.exec(bare.slice(prefix?.length))?.[0];
  return prefix === undefined || number === undefined ? null : `${prefix}${number}`;
}

function prefixes(ids: string): readonly string[] {
  return [ids, 't'];
}

/** `2h` or `~2h` → milliseconds, as a whole safe number; null if the text is no duration. */
export function readDuration(text: string): number | null {
  if (text.length > 30) return null;
  const parsed = parseEstimate(text.startsWith('~') ? text.slice(1) : text);
  return parsed !== null && Number.isSafeInteger(Math.round(parsed)) ? Math.round(parsed) : null;
}

const dateForm = /^(\d{4})-(\d{2})-(\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;
const monthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDate(text: string): boolean {
  const found = dateForm.exec(text);
  if (found === null) return false;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 && !leap ? 28 : (monthDays[month - 1] ?? 0);
  return day >= 1 && day <= last;
}
