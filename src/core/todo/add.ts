// Adds a line for a new task to a task list: below the last open task and everything that belongs to it, else at the end.
// No other byte changes. A line that would be read differently from what was meant is refused.
import { Fault } from '../fault.ts';
import type { TaskRequest } from '../task/task.ts';
import { todoHeads, type TaskHead } from './head.ts';
import { parseTodo } from './line.ts';
import { autoDispatch, isToken, readWords, type TodoList, type TokenName } from './words.ts';

type Said = Pick<TaskRequest, 'id' | 'title' | 'tags' | 'model' | 'agent' | 'role' | 'blockedBy'> & { readonly mcp: readonly string[] };

/**
 * Answers the new text. Faults: `usage` for words that the list would read differently, `todo-unwritable` if there is no
 * room for the line in the list.
 */
export function addToTodo({ text, ids }: TodoList, request: Omit<Said, 'mcp'> & Pick<TaskRequest, 'mcp'>): string {
  const said: Said = { ...request, tags: [...new Set([autoDispatch, ...request.tags])], mcp: request.mcp ?? [] };
  const line = lineOf(said);
  const { tasks, problems } = parseTodo({ text: line, ids });
  if (problems.length > 0 || JSON.stringify(tasks.map(wordsOf)) !== JSON.stringify([wordsOf(said)])) throw misread(said, ids);
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

/** The message does not name the id, because the task may get another one. */
function misread(said: Said, ids: string): Fault {
  const { tokens, doubts } = readWords({ line: said.title, from: 0, ids });
  const words = [...tokens.map(({ start, end }) => said.title.slice(start, end)), ...doubts.map(({ word }) => word)];
  const inTitle = [...new Set(words)].map((word) => `"${word}" of the title would be read as a token`);
  const others = tokensOf(said).flatMap(({ text, name }) => (isToken({ text, name, ids }) ? [] : [`"${text}" cannot be read`]));
  const told = [...inTitle, ...others].join(', ');
  return new Fault({
    code: 'usage',
    message: `in TODO.md ${told === '' ? `the title "${said.title}" would be read differently from what you mean` : told}`,
    hint: 'put words of the title that are not meant as tokens in backticks; tags and names contain no spaces',
  });
}

function lineOf(said: Said): string {
  return ['- [ ]', said.id, said.title, ...tokensOf(said).map(({ text }) => text)].join(' ');
}

function tokensOf({ tags, model, agent, role, mcp, blockedBy }: Said): readonly { readonly text: string; readonly name: TokenName }[] {
  const values = { model, agent, role, mcp: mcp.join(), 'blocked-by': blockedBy.join() } as const;
  const keyed = (Object.keys(values) as (keyof typeof values)[]).flatMap((name) => {
    const value = values[name];
    return value === null || value === '' ? [] : [{ text: `${name}:${value}`, name }];
  });
  return [...tags.map((tag) => ({ text: `#${tag}`, name: 'tag' as const })), ...keyed];
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
    // A task's body may continue below its subtasks.
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
