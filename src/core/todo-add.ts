// A line for a new task in a task list: below the last open task and all that belongs to it, else at the end. Not a byte of
// the rest changes. A line that would be read otherwise than it is meant is refused.
import { Fault } from './fault.ts';
import type { TaskRequest } from './task.ts';
import { todoHeads, type TaskHead } from './todo-head.ts';
import { parseTodo } from './todo-line.ts';
import { autoDispatch, type TodoList } from './todo-words.ts';

type Said = Pick<TaskRequest, 'id' | 'title' | 'tags' | 'model' | 'agent' | 'role' | 'blockedBy'> & { readonly mcp: readonly string[] };

/** Answers the new text. Faults: `usage` for words that the list would read otherwise, `todo-unwritable` for a list that has no room for the line. */
export function addToTodo({ text, ids }: TodoList, request: Omit<Said, 'mcp'> & Pick<TaskRequest, 'mcp'>): string {
  const said: Said = { ...request, tags: [...new Set([autoDispatch, ...request.tags])], mcp: request.mcp ?? [] };
  const line = lineOf(said);
  const { tasks, problems } = parseTodo({ text: line, ids });
  if (problems.length > 0 || JSON.stringify(tasks.map(wordsOf)) !== JSON.stringify([wordsOf(said)]))
    throw new Fault({
      code: 'usage',
      message: `in TODO.md the line "${line}" would be read otherwise than it is meant${problems.map(({ message }) => `: ${message}`).join('')}`,
      hint: 'put words of the title such as #ui, @ann, ~2h or model:x in backticks; tags and names have no spaces in them',
    });
  const after = insert({ text, ids }, line);
  const list = parseTodo({ text: after, ids });
  const isThere = list.tasks.some(({ id }) => id === said.id);
  const obstacle = list.problems.find(({ code, task }) => (code === 'duplicate-id' ? task === said.id : code === 'unclosed' && !isThere));
  if (obstacle === undefined) return after;
  throw new Fault({
    code: 'todo-unwritable',
    message: `the line cannot be put into TODO.md, because of its line ${obstacle.line}: ${obstacle.message}`,
    hint: obstacle.hint,
  });
}

function lineOf({ id, title, tags, model, agent, role, mcp, blockedBy }: Said): string {
  const values = { model, agent, role, mcp: mcp.join(), 'blocked-by': blockedBy.join() };
  const tokens = Object.entries(values).flatMap(([key, value]) => (value === null || value === '' ? [] : [`${key}:${value}`]));
  return ['- [ ]', id, title, ...tags.map((tag) => `#${tag}`), ...tokens].join(' ');
}

function wordsOf({ id, title, tags, model, agent, role, mcp, blockedBy }: Said): readonly unknown[] {
  return [id, title, tags, model, agent, role, mcp, blockedBy];
}

function insert(list: TodoList, line: string): string {
  const { text } = list;
  const end = /\r\n|\r|\n/.exec(text)?.[0] ?? '\n';
  const { heads } = todoHeads(list);
  const last = heads.findLast((head) => topOf(head).mark === 'open');
  if (last !== undefined) {
    const top = topOf(last);
    // What stands below a task may go on behind its subtasks.
    const at = heads.reduce(
      (most, head) => (topOf(head) === top ? Math.max(most, head.line.end, head.below.at(-1)?.line.end ?? 0) : most),
      0,
    );
    return `${text.slice(0, at)}${end}${text.slice(top.line.start, top.line.first)}${line}${text.slice(at)}`;
  }
  const isWhole = text === '' || text.endsWith('\n') || text.endsWith('\r');
  return `${text}${isWhole ? '' : end}${line}${end}`;
}

function topOf(head: TaskHead): TaskHead {
  let top = head;
  while (top.within !== null) top = top.within;
  return top;
}
