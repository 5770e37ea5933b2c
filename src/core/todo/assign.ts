// Gives ids to the open lines of a task list that have none, in front of their titles. No other byte changes.
import { freeTaskIds } from '../task/task.ts';
import { markedLines } from './unread.ts';
import { readBox, todoHeads } from './head.ts';
import type { Box } from './head.ts';
import { textLines } from './text.ts';
import type { TextLine } from './text.ts';
import { bareWord, behindPrefix, isTaskId } from './words.ts';
import type { TodoList } from './words.ts';

export interface Assigned {
  readonly text: string;
  readonly given: readonly { readonly line: number; readonly id: string }[];
}

/**
 * A checkbox below a task, or below a line that becomes one, is a step of that task, and gets no id unless it is tagged
 * for dispatch. `taken`: ids that must not be given.
 */
export function assignIds(given: TodoList & { readonly taken: readonly string[] }): Assigned {
  const { text } = given;
  const free = freeTaskIds(given);
  const ids: { line: number; id: string }[] = [];
  const parts: string[] = [];
  let from = 0;
  for (const { line, at } of linesWithout(given)) {
    const { value: id } = free.next();
    parts.push(text.slice(from, at), `${id} `);
    from = at;
    ids.push({ line: line.number, id });
  }
  return { text: parts.join('') + text.slice(from), given: ids };
}

/** The lines that get an id, and the offset at which it is inserted. */
function* linesWithout(list: TodoList): Generator<{ readonly line: TextLine; readonly at: number }> {
  const { text, ids } = list;
  const marked = new Set(markedLines(list, todoHeads(list)).map((line) => line.number));
  /** For each list item around the current line: whether it stands within a task. */
  const within: boolean[] = [];
  for (const line of textLines(text)) {
    if (line.kind !== 'item') continue;
    within.length = line.level;
    const inTask = within.at(-1) ?? false;
    const box = readBox(text, line);
    const lacks = box !== null && lacksId(box, ids) && (!inTask || marked.has(line.number));
    within.push(inTask || lacks || (box !== null && isTaskId(box.word, ids)));
    if (lacks) yield { line, at: line.start + box.from };
  }
}

/** A line whose id is merely misspelt is reported as a problem and left to the person. */
function lacksId({ mark, end, from, word }: Box, ids: string): boolean {
  return mark === 'open' && from > end && word !== '' && behindPrefix(bareWord(word), ids) === null;
}
