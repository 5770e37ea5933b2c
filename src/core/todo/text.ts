// The lines of a task list, each with its offsets in the text, how many list items it stands in, and whether it is
// literal: in fenced code or in an HTML comment. One pass, linear in the length of the text whatever stands in it,
// and total: every string has lines.

export interface TextLine {
  /** From 1. */
  readonly number: number;
  readonly start: number;
  /** Behind the last character; the line ending (LF, CRLF or CR) is not part of the line. */
  readonly end: number;
  /** The first character that is neither space nor tab; `end` in a blank line. */
  readonly first: number;
  /** Where the content of a list item begins; of another line, `first`. */
  readonly content: number;
  /** Indentation in columns, a tab reaching to the next multiple of 4. */
  readonly column: number;
  /** List items around this line, itself not counted. */
  readonly level: number;
  readonly kind: 'blank' | 'literal' | 'item' | 'text';
}

/** Code or a comment that was opened and not yet closed. */
interface Block {
  readonly line: number;
  readonly what: 'fence' | 'comment';
  /** The fence's character and how many of them opened it. */
  readonly mark: number;
  readonly length: number;
  /** A line left of this column stands outside of the list item that holds the block, and so ends it. */
  readonly floor: number;
  /** Beyond this column a fence is content, not the end. */
  readonly ceiling: number;
}

export interface Unclosed {
  readonly line: number;
  readonly what: 'fence' | 'comment';
}

const tab = 9;
const space = 32;
const backtick = 96;
const tilde = 126;
/** What is indented by this many columns more than a list item belongs to it. */
const indentStep = 2;

/** Yields the lines; answers, at the end, the fence or comment that was never closed. */
export function* textLines(text: string): Generator<TextLine, Unclosed | null> {
  /** Columns of the list items around the current line. */
  const items: number[] = [];
  let block: Block | null = null;
  for (const raw of rawLines(text)) {
    if (raw.first === raw.end) {
      yield { ...raw, content: raw.first, level: items.length, kind: 'blank' };
      continue;
    }
    if (block !== null) {
      const closing = closes({ text, raw, block });
      if (closing || raw.column >= block.floor) {
        yield { ...raw, content: raw.first, level: items.length, kind: 'literal' };
        if (closing) block = null;
        continue;
      }
    }
    leave(items, raw.column);
    const level = items.length;
    const item = itemContent(text, raw);
    if (item !== null) items.push(raw.column);
    const holder = items.at(-1);
    const content = item ?? raw.first;
    block = opens({ text, raw, from: content, floor: holder === undefined ? 0 : holder + indentStep });
    yield {
      ...raw,
      content,
      level,
      kind: item !== null ? 'item' : block === null && !text.startsWith('<!--', content) ? 'text' : 'literal',
    };
  }
  return block === null ? null : { line: block.line, what: block.what };
}

/** A quotation or a heading is no part of the paragraph above it, although no blank line stands in between. */
export function interrupts(text: string, line: TextLine): boolean {
  return /^(?:>|#{1,6}(?:[ \t]|$))/.test(text.slice(line.first, Math.min(line.end, line.first + 7)));
}

function leave(items: number[], column: number): void {
  for (let top = items.at(-1); top !== undefined && column < top + indentStep; top = items.at(-1)) items.pop();
}

type RawLine = Pick<TextLine, 'number' | 'start' | 'end' | 'first' | 'column'>;

function* rawLines(text: string): Generator<RawLine> {
  // The next CR and LF are remembered: looking for one anew on each line of a file that has none would be quadratic.
  let cr = -1;
  let lf = -1;
  let start = text.startsWith('\uFEFF') ? 1 : 0;
  for (let number = 1; start < text.length; number += 1) {
    if (cr < start) cr = nextOf(text, '\r', start);
    if (lf < start) lf = nextOf(text, '\n', start);
    const end = Math.min(cr, lf);
    yield { number, start, end, ...indentation(text, start, end) };
    start = lf === cr + 1 ? lf + 1 : end + 1;
  }
}

function nextOf(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from);
  return found === -1 ? text.length : found;
}

function indentation(text: string, start: number, end: number): { first: number; column: number } {
  let first = start;
  let column = 0;
  for (; first < end; first += 1) {
    const code = text.charCodeAt(first);
    if (code === space) column += 1;
    else if (code === tab) column += 4 - (column % 4);
    else break;
  }
  return { first, column };
}

const marker = /(?:[-*+]|\d{1,9}[.)])(?=[ \t]|$)/y;

/** Where the content of a list item begins; null when the line is none. */
function itemContent(text: string, raw: RawLine): number | null {
  marker.lastIndex = 0;
  const head = text.slice(raw.first, Math.min(raw.end, raw.first + 11));
  const found = marker.exec(head);
  if (found === null) return null;
  const from = raw.first + found[0].length;
  return indentation(text, from, raw.end).first;
}

function opens(given: { text: string; raw: RawLine; from: number; floor: number }): Block | null {
  const { text, raw, from, floor } = given;
  const rest = text.slice(from, raw.end);
  if (rest.startsWith('<!--')) {
    return rest.includes('-->', 4) ? null : { line: raw.number, what: 'comment', mark: 0, length: 0, floor, ceiling: 0 };
  }
  const mark = rest.charCodeAt(0);
  if (mark !== backtick && mark !== tilde) return null;
  const length = runLength(rest, mark);
  // ```a``` in one line is a code span.
  if (length < 3 || (mark === backtick && rest.includes('`', length))) return null;
  return { line: raw.number, what: 'fence', mark, length, floor, ceiling: Math.max(floor + 3, raw.column) };
}

/**
 * A bare fence ends the code even where it stands left of the list item that holds the code: people write it so,
 * and taking it for the opening of another would swallow the tasks below.
 */
function closes(given: { text: string; raw: RawLine; block: Block }): boolean {
  const { text, raw, block } = given;
  const rest = text.slice(raw.first, raw.end);
  if (block.what === 'comment') return raw.column < block.floor ? rest.startsWith('-->') : rest.includes('-->');
  const length = runLength(rest, block.mark);
  return length >= block.length && raw.column <= block.ceiling && rest.slice(length).trim() === '';
}

function runLength(text: string, mark: number): number {
  let length = 0;
  while (text.charCodeAt(length) === mark) length += 1;
  return length;
}
