// Finds lines that are tagged for dispatch but are no tasks. Somebody waits for them, so each is reported with what would
// make it a task.
import { paragraphOf } from './below.ts';
import { meantAt, readBox } from './head.ts';
import type { TodoHeads, TodoProblem } from './head.ts';
import type { TextLine } from './text.ts';
import { autoDispatch, bareWord, isTaskId, meansMark, readWords } from './words.ts';
import type { TodoList } from './words.ts';

export function unread(list: TodoList, heads: TodoHeads): TodoProblem[] {
  return markedLines(list, heads).flatMap((line) => {
    const wrong = whatIsWrong(list, line);
    return wrong === null ? [] : { line: line.number, task: meantAt(list, line), code: 'not-read', ...wrong };
  });
}

/** Lines that contain the dispatch tag in a position where it has no effect. */
export function markedLines(list: TodoList, { heads, others }: TodoHeads): readonly TextLine[] {
  const { text } = list;
  const marked = others.filter(({ line }) => isMarked(list, line));
  if (marked.length === 0) return [];
  // Within a first paragraph the tag has its effect. If it would have it were the item a task, then the item itself is the
  // problem.
  const counted = new Set(heads.flatMap((head) => paragraphOf(text, head).map(({ line }) => line)));
  const wrong = marked.filter(({ line }) => !counted.has(line));
  return [...new Set(wrong.map(({ line, item }) => (item !== null && readBox(text, item) !== null ? item : line)))];
}

function isMarked({ text, ids }: TodoList, line: TextLine): boolean {
  const { tokens, doubts } = readWords({ line: text.slice(line.start, line.end), from: line.content - line.start, ids });
  return tokens.some(({ name, value }) => name === 'tag' && value === autoDispatch) || doubts.some(({ word }) => meansMark(word));
}

/** Null if nothing is wrong: ticked and declined lines ask for nothing. */
function whatIsWrong({ text, ids }: TodoList, line: TextLine): Pick<TodoProblem, 'message' | 'hint'> | null {
  const box = readBox(text, line);
  if (box === null) {
    const message = `a line tagged #${autoDispatch} has no checkbox; it is not read as a task`;
    return {
      message,
      hint: 'begin it with "- [ ]" and an id, such as "- [ ] t12"; if the line only mentions the tag, put the tag in backticks',
    };
  }
  if (box.mark === 'done' || box.mark === 'declined') return null;
  const bare = bareWord(box.word);
  if (isTaskId(bare, ids)) return noId(box.word, `write it without the punctuation around it: ${bare}`);
  const prefix = /^([A-Za-z][\w-]{0,18}-)\d+$/.exec(bare)?.[1];
  if (prefix !== undefined) return noId(box.word, `set todo.ids: ${prefix} in yardmaster.yaml to read such ids, or ${ownId}`);
  if (/^#\d+$/.test(bare)) return noId(box.word, ownId);
  return { message: `a line tagged #${autoDispatch} has no id; it is not read as a task`, hint: ownId };
}

const ownId = 'write an unused id before its title, such as t12, or run: yardmaster import --assign';

function noId(word: string, hint: string): Pick<TodoProblem, 'message' | 'hint'> {
  return { message: `"${word}" is no id; the line is tagged #${autoDispatch} but not read as a task`, hint };
}
