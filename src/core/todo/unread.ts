// Lines that are marked for dispatch and are no tasks: somebody waits for them, so each is told with what would make it one.
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

/** Lines that are marked for dispatch, and of which the mark does not count. */
export function markedLines(list: TodoList, { heads, others }: TodoHeads): readonly TextLine[] {
  const { text } = list;
  const marked = others.filter(({ line }) => isMarked(list, line));
  if (marked.length === 0) return [];
  // Where a first paragraph goes on, the mark counts; where it would if the item were a task, the item is what is wrong.
  const counted = new Set(heads.flatMap((head) => paragraphOf(text, head).map(({ line }) => line)));
  const wrong = marked.filter(({ line }) => !counted.has(line));
  return [...new Set(wrong.map(({ line, item }) => (item !== null && readBox(text, item) !== null ? item : line)))];
}

function isMarked({ text, ids }: TodoList, line: TextLine): boolean {
  const { tokens, doubts } = readWords({ line: text.slice(line.start, line.end), from: line.content - line.start, ids });
  return tokens.some(({ name, value }) => name === 'tag' && value === autoDispatch) || doubts.some(({ word }) => meansMark(word));
}

/** Null: nothing, because what is ticked or declined asks for nothing. */
function whatIsWrong({ text, ids }: TodoList, line: TextLine): Pick<TodoProblem, 'message' | 'hint'> | null {
  const box = readBox(text, line);
  if (box === null) {
    const message = `a line marked #${autoDispatch} has no checkbox; it is not taken for a task`;
    return { message, hint: 'begin it with "- [ ]" and an id, such as "- [ ] t12"; where the tag is only mentioned, put it in backticks' };
  }
  if (box.mark === 'done' || box.mark === 'declined') return null;
  const bare = bareWord(box.word);
  if (isTaskId(bare, ids)) return noId(box.word, `write it without the marks around it: ${bare}`);
  const prefix = /^([A-Za-z][\w-]{0,18}-)\d+$/.exec(bare)?.[1];
  if (prefix !== undefined) return noId(box.word, `set todo.ids: ${prefix} in yardmaster.yaml to read such ids, or ${ownId}`);
  if (/^#\d+$/.test(bare)) return noId(box.word, ownId);
  return { message: `a line marked #${autoDispatch} has no id; it is not taken for a task`, hint: ownId };
}

const ownId = 'write an id that is free before its title, such as t12, or run: yardmaster import --assign';

function noId(word: string, hint: string): Pick<TodoProblem, 'message' | 'hint'> {
  return { message: `"${word}" is no id; the line is marked #${autoDispatch} and not taken for a task`, hint };
}
