// The lines below a task's line: the task's body, and the rest of its first paragraph. Tokens count on the task's own line
// and in that paragraph.
import type { LineBelow, TaskHead } from './head.ts';
import { interrupts } from './text.ts';
import type { TextLine } from './text.ts';
import { readWords } from './words.ts';
import type { TodoList, Words } from './words.ts';

/** The words of one line of a task. */
export interface LineWords extends Words {
  /** From 1. */
  readonly line: number;
}

/** The lines that continue the task's first paragraph. */
export function paragraphOf(text: string, { line, below }: TaskHead): readonly LineBelow[] {
  const end = below.findIndex((one, index) => {
    const follows = one.line.number === line.number + index + 1 && one.line.kind === 'text';
    return !follows || interrupts(text, one.line);
  });
  return end === -1 ? below : below.slice(0, end);
}

/** The task's own line comes first; its words without the tokens are the title. */
export function wordsOf({ text, ids }: TodoList, head: TaskHead): readonly [LineWords, ...LineWords[]] {
  const words = (line: TextLine, from: number): LineWords => ({
    ...readWords({ line: text.slice(line.start, line.end), from, ids }),
    line: line.number,
  });
  return [words(head.line, head.rest), ...paragraphOf(text, head).map(({ line }) => words(line, line.first - line.start))];
}

/** The lines below, with their blank lines, and with the indentation that is beyond the smallest among them. */
export function bodyOf(text: string, { line: own, below }: TaskHead): string | null {
  if (below.length === 0) return null;
  // The line that closes a fence may stand left of the list item, so it does not count for the smallest indentation.
  const columns = below.map(({ line }) => line.column).filter((column) => column > own.column);
  const least = columns.reduce((a, b) => Math.min(a, b), Infinity);
  const lines = below.map(({ line, blanks }, index) => `${'\n'.repeat(index === 0 ? 0 : blanks)}${unindented({ text, line, least })}`);
  return lines.join('\n').trimEnd();
}

function unindented(given: { text: string; line: TextLine; least: number }): string {
  const { text, line, least } = given;
  let at = line.start;
  let column = 0;
  for (; at < line.first && column < least; at += 1) column += text[at] === '\t' ? 4 - (column % 4) : 1;
  return ' '.repeat(Math.max(0, column - least)) + text.slice(at, line.end);
}
