// The lines of a task list, each with its offsets in the text, the number of list items around it, and whether it is
// literal, that is in fenced code or an HTML comment. It takes one pass, linear in the length of the text whatever the text
// is, and accepts every string.

export interface TextLine {
  /** From 1. */
  readonly number: number;
  readonly start: number;
  /** The offset behind the last character. The line ending (LF, CRLF or CR) is not part of the line. */
  readonly end: number;
  /** The first character that is neither space nor tab; equal to `end` in a blank line. */
  readonly first: number;
  /** Where the content of a list item begins; for other lines equal to `first`. */
  readonly content: number;
  /** The indentation in columns. A tab reaches to the next multiple of 4. */
  readonly column: number;
  /** How many list items are around this line, itself not counted. */
  readonly level: number;
  readonly kind: 'blank' | 'literal' | 'item' | 'text';
}

/** A code fence or a comment that was opened and is not closed yet. */
interface Block {
  readonly line: number;
  readonly what: 'fence' | 'comment';
  /** The fence's character, and how many of them opened it. */
  readonly mark: number;
  readonly length: number;
  /** A line left of this column is outside of the list item that contains the block, and so ends the block. */
  readonly floor: number;
  /** A fence that is indented beyond this column is content, and does not end the block. */
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
/** A line belongs to a list item if it is indented by at least this many columns more. */
const indentStep = 2;

/** Yields the lines. Returns, at the end, the fence or comment that was never closed. */
export function* textLines(text: string): Generator<TextLine, Unclosed | null> {
  /** The columns of the list items around the current line. */
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

/** A quotation or a heading ends the paragraph above it, although no blank line is between them. */
export function interrupts(text: string, line: TextLine): boolean {
  return /^(?:>|#{1,6}(?:[ \t]|$))/.test(text.slice(line.first, Math.min(line.end, line.first + 7)));
}

function leave(items: number[], column: number): void {
  for (let top = items.at(-1); top !== undefined && column < top + indentStep; top = items.at(-1)) items.pop();
}

type RawLine = Pick<TextLine, 'number' | 'start' | 'end' | 'first' | 'column'>;

function* rawLines(text: string): Generator<RawLine> {
  // The next CR and LF are remembered: searching for one again on each line of a file that has none would take quadratic
  // time.
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

/** Where the content of a list item begins; null if the line is no list item. */
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
  // ```a``` on one line is a code span, not a fence.
  if (length < 3 || (mark === backtick && rest.includes('`', length))) return null;
  return { line: raw.number, what: 'fence', mark, length, floor, ceiling: Math.max(floor + 3, raw.column) };
}

/**
 * A bare fence ends the code even if it stands left of the list item that contains the code. People write it so, and
 * treating it as the opening of another block would hide the tasks below.
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
