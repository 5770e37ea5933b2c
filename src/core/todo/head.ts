// Decides which lines of a task list are tasks, by checkbox and id, and which task each line belongs to. The function is
// total and linear. A line that was probably meant as a task but cannot be read as one becomes a problem, and hides no
// other task.
import { parentOf } from '../task/task.ts';
import { interrupts, textLines } from './text.ts';
import type { TextLine, Unclosed } from './text.ts';
import { behindPrefix, isTaskId, meantId, skipSpace, wordEnd } from './words.ts';
import type { TodoList } from './words.ts';

export type Mark = 'open' | 'done' | 'declined';

/** A line that is a task, known only by its checkbox and its id. */
export interface TaskHead {
  readonly id: string;
  readonly mark: Mark;
  /** Offsets in the line: of the character between the brackets, and of the end of the id. */
  readonly markAt: number;
  readonly rest: number;
  readonly line: TextLine;
  /** The task that this one is indented under. */
  readonly within: TaskHead | null;
  /** How many tasks this one is indented under. */
  readonly depth: number;
  /** The lines that are indented below it and are no tasks themselves; complete once the whole list was read. */
  readonly below: LineBelow[];
}

export interface LineBelow {
  readonly line: TextLine;
  /** How many blank lines are directly above it. */
  readonly blanks: number;
}

export interface TodoProblem {
  readonly line: number;
  /**
   * The task that the problem is about. For a line that is not read as a task: the id that was probably meant. Null if
   * nobody can tell.
   */
  readonly task: string | null;
  readonly code:
    | 'bad-id'
    | 'bad-checkbox'
    | 'bad-token'
    | 'body-too-large'
    | 'cycle'
    | 'duplicate-id'
    | 'no-title'
    | 'not-read'
    | 'open-again'
    | 'open-child'
    | 'repeated-token'
    | 'taken-id'
    | 'ticked-before'
    | 'too-deep'
    | 'unclosed';
  readonly message: string;
  readonly hint: string;
}

type TodoPart =
  | { readonly what: 'task'; readonly head: TaskHead }
  | { readonly what: 'problem'; readonly problem: TodoProblem }
  /** A line that is no task and caused no problem. */
  | ({ readonly what: 'text' } & OtherLine);

export interface OtherLine {
  readonly line: TextLine;
  /** The list item whose first paragraph this line continues. */
  readonly item: TextLine | null;
}

export interface TodoHeads {
  /** In the order of their lines. An id may occur twice. */
  readonly heads: TaskHead[];
  readonly problems: TodoProblem[];
  /** Lines that are no tasks and caused no problem, but may be meant as tasks because they have a checkbox or a tag. */
  readonly others: OtherLine[];
}

export function todoHeads(list: TodoList): TodoHeads {
  const { text } = list;
  const found: TodoHeads = { heads: [], problems: [], others: [] };
  for (const part of todoParts(list)) {
    if (part.what === 'task') found.heads.push(part.head);
    else if (part.what === 'problem') found.problems.push(part.problem);
    else if (readBox(text, part.line) !== null || hasTag(text, part.line)) found.others.push(part);
  }
  return found;
}

/** Whether the line may contain the dispatch tag. Most lines contain no tag, and a file may have millions of them. */
function hasTag(text: string, line: TextLine): boolean {
  return /#a/i.test(text.slice(line.start, line.end));
}

/** Reads a task list from top to bottom. */
function* todoParts({ text, ids }: TodoList): Generator<TodoPart> {
  /** For each level of nesting: the nearest task at or around the list item that is open at that level. */
  const owners: (TaskHead | null)[] = [];
  const lines = textLines(text);
  let blanks = 0;
  /** The list item whose first paragraph may still continue. */
  let item: TextLine | null = null;
  let next = lines.next();
  for (; next.done !== true; next = lines.next()) {
    const line = next.value;
    if (line.kind === 'blank') {
      blanks += 1;
      item = null;
      continue;
    }
    if (line.kind === 'item') item = line;
    else if (item !== null && (line.kind === 'literal' || line.level <= item.level || interrupts(text, line))) item = null;
    const owner = owners[line.level - 1] ?? null;
    const found = readHead({ text, ids, line, within: owner });
    if (line.kind === 'item') {
      owners.length = line.level;
      owners.push(found?.what === 'task' ? found.head : owner);
    }
    if (found !== null) yield found;
    else if (line.kind !== 'literal') yield { what: 'text', line, item: item === line ? null : item };
    if (found?.what !== 'task' && owner !== null) owner.below.push({ line, blanks });
    blanks = 0;
  }
  if (next.value !== null) yield { what: 'problem', problem: unclosed(next.value) };
}

/** The ids of all tasks that this one is part of: by its `parent:`, by the dots of its id, and by indentation. */
export function holdersOf(head: TaskHead, explicit: string | null): Set<string> {
  const holders = new Set<string>();
  if (explicit !== null) holders.add(explicit);
  for (let id = parentOf(head.id); id !== null; id = parentOf(id)) holders.add(id);
  if (head.within !== null) holders.add(head.within.id);
  return holders;
}

const marks: ReadonlyMap<string, Mark> = new Map([
  ['[ ]', 'open'],
  ['[x]', 'done'],
  ['[X]', 'done'],
  ['[-]', 'declined'],
]);

/** The checkbox at the beginning of a list item, and the first word behind it. All numbers are offsets in the line. */
export interface Box {
  /** Null if the character between the brackets is unknown. */
  readonly mark: Mark | null;
  readonly markAt: number;
  /** The offset behind the closing bracket. */
  readonly end: number;
  /** The first word; only its beginning if it is too long for an id. */
  readonly from: number;
  readonly rest: number;
  readonly word: string;
}

export function readBox(text: string, line: TextLine): Box | null {
  if (line.kind !== 'item') return null;
  const body = text.slice(line.start, line.end);
  const box = skipSpace(body, line.content - line.start);
  const close = body.slice(box, box + 6).indexOf(']');
  if (body[box] !== '[' || close === -1) return null;
  const end = box + close + 1;
  const from = skipSpace(body, end);
  const rest = wordEnd(body, from);
  const mark = marks.get(body.slice(box, end)) ?? null;
  return { mark, markAt: box + 1, end, from, rest, word: body.slice(from, Math.min(rest, from + 60)) };
}

/** The id at the beginning of a line, or the one that was probably meant; null if there is none. */
export function meantAt({ text, ids }: TodoList, line: TextLine): string | null {
  const word = readBox(text, line)?.word ?? text.slice(line.content, Math.min(line.end, wordEnd(text, line.content)));
  return meantId(word, ids);
}

/** Null if the line is no task and was not meant as one: another list item, or a checkbox without an id. */
function readHead(given: TodoList & { line: TextLine; within: TaskHead | null }): TodoPart | null {
  const { text, ids, line, within } = given;
  const box = readBox(text, line);
  if (box === null) return null;
  const { mark, markAt, end, from, rest, word: id } = box;
  if (!isTaskId(id, ids)) {
    const number = behindPrefix(id, ids);
    const meant = number !== null && /^\d+(?:$|[.:,;)])/.test(number);
    return meant ? { what: 'problem', problem: badId({ line, word: id, number, ids }) } : null;
  }
  if (mark === null || from === end) return { what: 'problem', problem: badCheckbox(line, id) };
  const depth = within === null ? 0 : within.depth + 1;
  return { what: 'task', head: { id, mark, markAt, rest, line, within, depth, below: [] } };
}

function badId(given: { line: TextLine; word: string; number: string; ids: string }): TodoProblem {
  const { line, word, number, ids } = given;
  const about = { line: line.number, task: meantId(word, ids) };
  if (/^\d+(?:\.\d+){3,}$/.test(number)) {
    return {
      ...about,
      code: 'too-deep',
      message: `the id ${word} has more than 3 levels; the line is not read as a task`,
      hint: `give it an id with at most two dots, such as ${ids}12.1.3`,
    };
  }
  return {
    ...about,
    code: 'bad-id',
    message: `"${word}" is no id; the line is not read as a task`,
    hint: `write ${ids} and a number, subtasks with dots: ${ids}12, ${ids}12.1, ${ids}12.1.3`,
  };
}

function badCheckbox(line: TextLine, id: string): TodoProblem {
  return {
    line: line.number,
    task: id,
    code: 'bad-checkbox',
    message: `the checkbox of ${id} cannot be read; the line is not read as a task`,
    hint: 'write "[ ]" for open, "[x]" for done or "[-]" for declined, and a space behind it',
  };
}

function unclosed(block: Unclosed): TodoProblem {
  const isFence = block.what === 'fence';
  return {
    line: block.line,
    task: null,
    code: 'unclosed',
    message: `the ${isFence ? 'code fence' : 'comment'} is never closed, so the tasks below it are not read`,
    hint: isFence ? 'close it with the characters that opened it' : 'close it with -->',
  };
}
