// What the lines of a task list ask for, and how a stored task changes by it.
import type { Instant } from '../time.ts';
import { isUnbegun, parentOf, type Task, type TaskRequest } from '../task/task.ts';
import { isClash } from './clash.ts';
import type { Todo } from './line.ts';
import type { TodoTask } from './task.ts';
import { autoDispatch } from './words.ts';

/**
 * The open lines by id, in the order of the list. A task waits for its open subtasks too: a parent is not done while a
 * child is open, or while the child's line cannot be read.
 */
export function requestsOf({ tasks, problems }: Todo): ReadonlyMap<string, TaskRequest> {
  const closed = new Set(tasks.flatMap((one) => (one.mark === 'done' ? [one.id] : [])));
  const before = new Map<string, string[]>();
  const wait = (id: string, other: string): void => {
    const known = before.get(id);
    if (known === undefined) before.set(id, [other]);
    else known.push(other);
  };
  for (const one of tasks) for (const id of one.blocks) wait(id, one.id);
  for (const one of tasks) if (one.parent !== null && one.mark === 'open') wait(one.parent, one.id);
  const there = new Set(tasks.map(({ id }) => id));
  for (const { task } of problems) {
    if (task === null || there.has(task)) continue;
    const parent = parentOf(task);
    if (parent !== null) wait(parent, task);
  }
  const open = tasks.filter((one) => one.mark === 'open');
  return new Map(
    open.map((todo) => {
      const blockedBy = [...new Set([...todo.blockedBy, ...(before.get(todo.id) ?? [])])].filter((id) => !closed.has(id));
      return [todo.id, request({ todo, blockedBy })];
    }),
  );
}

/** The body of a task that also has a brief; the brief comes before the text below the task's line. */
export function bodyWithBrief({ brief, body }: { readonly brief: string | null; readonly body: string | null }): string | null {
  return brief === null ? body : [brief.trimEnd(), body ?? ''].join('\n\n').trimEnd();
}

function request({ todo, blockedBy }: { todo: TodoTask; blockedBy: readonly string[] }): TaskRequest {
  const { id, title, body, tags, model, agent, mcp, role, estimate } = todo;
  return {
    ...{ id, title, body, tags, model, agent, blockedBy, role, estimate },
    mcp: mcp.length === 0 ? null : mcp,
    batch: null,
    line: 'open',
    wanted: tags.includes(autoDispatch),
  };
}

/**
 * The stored task, changed as the request asks. The task stays in its batch. A task that was requested without the
 * dispatch tag (by `add`, a batch or a schedule) stays requested; removing the tag from a task's line holds the task back.
 * `late`: the task can no longer be changed, because a task that is over is history, and a running or delivered one is as
 * its worker was told.
 */
export function asRequested(stored: Task, wanted: TaskRequest): Task | 'clash' | 'late' {
  if (isClash(stored, wanted)) return 'clash';
  if (!isUnbegun(stored)) return 'late';
  const batch = stored.batch ?? wanted.batch;
  const isAskedFor = stored.wanted && (batch !== null || !stored.tags.includes(autoDispatch));
  // A list in another file may mention the task as well, but only the line in TODO.md is ticked.
  const line = stored.line === 'open' && wanted.line === 'none' ? 'open' : wanted.line;
  return { ...stored, ...wanted, line, wanted: wanted.wanted || isAskedFor, batch };
}

/** The task that a line becomes that is not stored yet. */
export function unstored(given: { readonly request: TaskRequest; readonly repo: string; readonly at: Instant }): Omit<Task, 'key'> {
  const { request: wanted, repo, at } = given;
  return {
    ...wanted,
    repo,
    state: 'queued',
    reason: { code: 'not-taken-in', facts: {} },
    notBefore: null,
    retries: 0,
    attempts: 0,
    countFrom: 0,
    delivery: null,
    site: null,
    ticks: [],
    createdAt: at,
    updatedAt: at,
  };
}
