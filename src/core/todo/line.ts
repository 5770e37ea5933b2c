// Reads the task list of a repository, TODO.md: which tasks it has and what they say. `parseTodo` is total and linear: it
// accepts any text, and answers the tasks that can be read, and a problem for everything that was probably meant
// differently. A problem never hides another task. The grammar is spread over text.ts (lines, code), head.ts (checkbox, id,
// nesting), below.ts (what belongs to a task), words.ts (tokens) and task.ts (their values).
import { isLargeBody, largestBody } from '../task/task.ts';
import { findCycles } from './cycles.ts';
import type { Dependent } from './cycles.ts';
import { holdersOf, meantAt, todoHeads } from './head.ts';
import type { TaskHead, TodoProblem } from './head.ts';
import { describeTask } from './task.ts';
import type { TodoTask } from './task.ts';
import { textLines } from './text.ts';
import { unread } from './unread.ts';
import type { TodoList } from './words.ts';

export type { TodoProblem, TodoTask };

export interface Todo {
  readonly tasks: readonly TodoTask[];
  /** In the order of their lines. */
  readonly problems: readonly TodoProblem[];
}

/** Of several lines with the same id, only the first becomes a task. Each other one becomes a problem. */
export function parseTodo(source: TodoList): Todo {
  const found = todoHeads(source);
  const { heads, problems } = found;
  const tasks = new Map<string, TodoTask>();
  const openChildren = new Map<string, string>();
  for (const head of heads) {
    const first = tasks.get(head.id);
    if (first !== undefined) {
      problems.push(duplicate(head, first));
      continue;
    }
    const described = describeTask(source, head);
    tasks.set(head.id, described.task);
    for (const problem of described.problems) problems.push(problem);
    if (head.mark !== 'open') continue;
    for (const holder of holdersOf(head, described.explicitParent)) openChildren.set(holder, head.id);
  }
  for (const problem of unread(source, found)) problems.push(problem);
  const tooLarge = new Map([...tasks.values()].flatMap((task) => largeBody(task) ?? []).map((problem) => [problem.task, problem]));
  for (const problem of tooLarge.values()) problems.push(problem);
  const list = [...tasks.values()].filter(({ id }) => !tooLarge.has(id));
  const circles = new Map(findCycles(waiting(list)).map((ids) => [ids[0], ids]));
  for (const task of list) {
    const child = openChildren.get(task.id);
    if (task.mark === 'done' && child !== undefined) problems.push(openChild(task, child));
    const circle = circles.get(task.id);
    if (circle !== undefined) problems.push(endless(task, circle));
  }
  return { tasks: list, problems: problems.sort((a, b) => a.line - b.line) };
}

/** The whole body of a task is sent to the model with each attempt, unless the task is over. */
function largeBody({ id: task, line, mark, body }: TodoTask): TodoProblem | null {
  if (mark !== 'open' || !isLargeBody(body)) return null;
  return {
    line,
    task,
    code: 'body-too-large',
    message: `the text below ${task} is more than ${largestBody / 1024} KiB; the line is not read as a task`,
    hint: 'move the text into a file of the repository, and name that file below the line',
  };
}

/**
 * Every id that the list mentions. Ids in `blocked-by:` count too, because a new task of that id would hold up the line.
 * So do ids at the beginning of a line that cannot be read: the id becomes the line's own once the person has corrected
 * the line.
 */
export function idsIn(list: TodoList): readonly string[] {
  const { tasks } = parseTodo(list);
  return [...tasks.flatMap(({ blockedBy, blocks, parent }) => [...blockedBy, ...blocks, parent ?? []].flat()), ...idsAtLines(list)];
}

function* idsAtLines(list: TodoList): Generator<string> {
  for (const line of textLines(list.text)) {
    const id = line.kind === 'literal' ? null : meantAt(list, line);
    if (id !== null) yield id;
  }
}

/**
 * Why the list does not contain a task; null if it does. A task counts as unread, not as gone, if its line cannot be
 * read, or if a fence or comment that is never closed may hide it.
 */
export function absenceFrom({ tasks, problems }: Todo): (id: string) => 'gone' | 'unread' | null {
  const [there, unread] = [new Set(tasks.map(({ id }) => id)), new Set(problems.map(({ task }) => task))];
  const isCutOff = problems.some(({ code }) => code === 'unclosed');
  return (id) => (there.has(id) ? null : isCutOff || unread.has(id) ? 'unread' : 'gone');
}

/**
 * The open tasks and what they wait for. A parent waits for its subtasks, so a subtask that is blocked by its parent
 * could never start.
 */
function waiting(tasks: readonly TodoTask[]): Dependent[] {
  const children = new Map<string, string[]>();
  for (const task of tasks) {
    if (task.parent === null || task.mark !== 'open') continue;
    const known = children.get(task.parent);
    if (known === undefined) children.set(task.parent, [task.id]);
    else known.push(task.id);
  }
  const open = tasks.filter((task) => task.mark === 'open');
  return open.map((task) => ({ id: task.id, blocks: task.blocks, blockedBy: [...task.blockedBy, ...(children.get(task.id) ?? [])] }));
}

function duplicate(head: TaskHead, first: TodoTask): TodoProblem {
  return {
    line: head.line.number,
    task: head.id,
    code: 'duplicate-id',
    message: `${head.id} is used in line ${first.line} already; this line is not read`,
    hint: 'give one of the two lines another id',
  };
}

function openChild(task: TodoTask, child: string): TodoProblem {
  return {
    line: task.line,
    task: task.id,
    code: 'open-child',
    message: `${task.id} is ticked, but its subtask ${child} is open`,
    hint: `tick or decline ${child}, or open ${task.id} again`,
  };
}

function endless(task: TodoTask, ids: readonly string[]): TodoProblem {
  const shown = ids.length > 8 ? [...ids.slice(0, 8), '…'] : ids;
  return {
    line: task.line,
    task: task.id,
    code: 'cycle',
    message: ids.length === 1 ? `${task.id} waits for itself` : `${[...shown, task.id].join(' waits for ')}: none of them can start`,
    hint: 'remove one of these ids from blocked-by: or blocks:; a parent always waits for its subtasks',
  };
}
