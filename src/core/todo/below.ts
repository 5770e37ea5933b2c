// What stands below a task's line: its body, and where its first paragraph goes on. Tokens count on the task's own line
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

/** The lines in which the first paragraph goes on. */
export function paragraphOf(text: string, { line, below }: TaskHead): readonly LineBelow[] {
  const end = below.findIndex((one, index) => {
    const follows = one.line.number === line.number + index + 1 && one.line.kind === 'text';
    return !follows || interrupts(text, one.line);
  });
  return end === -1 ? below : below.slice(0, end);
}

/** Of its own line first, whose words without the tokens are the title. */
export function wordsOf({ text, ids }: TodoList, head: TaskHead): readonly [LineWords, ...LineWords[]] {
  const words = (line: TextLine, from: number): LineWords => ({
    ...readWords({ line: text.slice(line.start, line.end), from, ids }),
    line: line.number,
  });
  return [words(head.line, head.rest), ...paragraphOf(text, head).map(({ line }) => words(line, line.first - line.start))];
}

/** The lines below with blank lines and indentation kept, as far as they are indented deeper than all the others. */
export function bodyOf(text: string, { line: own, below }: TaskHead): string | null {
  if (below.length === 0) return null;
  // What closes a fence may stand left of the list item; it must not be what the others are measured by.
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
