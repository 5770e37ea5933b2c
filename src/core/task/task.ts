// What a task is, and which changes of its state are legal. Only `mayBecome` knows the latter.
import { answerOf, type Delivery } from '../delivery/delivery.ts';
import type { TaskReason } from '../reason/task-reason.ts';
import type { Instant } from '../time.ts';
import type { Site } from './site.ts';

export const taskStates = ['queued', 'running', 'delivered', 'done', 'blocked', 'failed', 'cancelled'] as const;
export type TaskState = (typeof taskStates)[number];
/** States in which no worker works on the task. */
export type RestingState = Exclude<TaskState, 'running'>;

/**
 * The state of the task's line in TODO.md. `none`: the task came from elsewhere, such as the command line; `ticked`: a
 * schedule does the task again, and its line has no more influence; `unread`: the line exists but cannot be read; `closed`:
 * a person ticked or declined the line, which cancelled the task.
 */
export type LineState = 'none' | 'open' | 'gone' | 'unread' | 'ticked' | 'closed';

/** What we write into a task's line in TODO.md when we tick it, by the keys of the tokens. */
export interface Tick {
  readonly completed: string;
  readonly branch?: string;
  readonly status?: string;
  readonly pr?: string;
  readonly verified?: string;
}

/** In bytes of UTF-8. */
export const largestBody = 256 * 1024;

export function isLargeBody(body: string | null): boolean {
  // A character takes at most three bytes.
  return body !== null && body.length * 3 > largestBody && new TextEncoder().encode(body).length > largestBody;
}

/** A task as somebody asked for it. */
export interface TaskRequest {
  /** `t12` or `t12.1`; unique within the repository. */
  readonly id: string;
  readonly title: string;
  readonly body: string | null;
  readonly tags: readonly string[];
  readonly model: string | null;
  readonly agent: string | null;
  readonly blockedBy: readonly string[];
  /** MCP servers for its workers; null if it names none. */
  readonly mcp: readonly string[] | null;
  /** The role of its workers; null if it names none. */
  readonly role: string | null;
  readonly batch: string | null;
  /** In milliseconds; null if there is no estimate. */
  readonly estimate: number | null;
  readonly line: LineState;
  /** May be dispatched without a person giving its id: it has `#auto-dispatch`, came from `add`, or belongs to a batch. */
  readonly wanted: boolean;
}

export interface Task extends TaskRequest {
  readonly key: number;
  /** Absolute path of the repository. */
  readonly repo: string;
  readonly state: TaskState;
  readonly reason: TaskReason;
  /** Not to be dispatched before this time: a back-off, or a limit's reset. */
  readonly notBefore: Instant | null;
  /** Retries charged to the task so far. */
  readonly retries: number;
  readonly attempts: number;
  /** Attempts up to this number no longer count, because a person intervened after them. */
  readonly countFrom: number;
  /** Null if no site was made for it yet. */
  readonly delivery: Delivery | null;
  /** Null if none was made yet, or if it was removed. */
  readonly site: Site | null;
  /** What was written into its line each time we ticked it, the latest last. */
  readonly ticks: readonly Tick[];
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/**
 * States in which nobody works on the task and none of its work has arrived, so the request may still be changed or
 * withdrawn.
 */
export const unbegun = ['queued', 'blocked', 'failed'] as const;

export function isUnbegun({ state }: Pick<Task, 'state'>): boolean {
  return unbegun.some((one) => one === state);
}

const legal: Readonly<Record<TaskState, readonly TaskState[]>> = {
  queued: ['running', 'blocked', 'failed', 'cancelled'],
  running: ['queued', 'delivered', 'blocked', 'failed', 'cancelled'],
  delivered: ['running', 'done', 'blocked', 'queued', 'cancelled'],
  done: ['queued'],
  blocked: ['queued', 'delivered', 'cancelled'],
  failed: ['queued', 'cancelled'],
  cancelled: ['queued'],
};

/** Whether the change is legal. An illegal change must change nothing. */
export function mayBecome(from: TaskState, to: TaskState): boolean {
  return legal[from].includes(to);
}

/** Whether a worker may be started for it: it is queued, or its pull request needs an answer. */
export function isStartable(task: Pick<Task, 'state' | 'delivery'>): boolean {
  return task.state === 'queued' || (task.state === 'delivered' && answerOf(task) !== null);
}

/** The parent of `t12.3.1` is `t12.3`; `t12` has none. */
export function parentOf(id: string): string | null {
  const dot = id.lastIndexOf('.');
  return dot === -1 ? null : id.slice(0, dot);
}

/** The largest number in one part of an id, by its digits. */
const highestNumber = 999_999_999_999;

/** `ids`: the prefix of ids. */
interface Taken {
  readonly ids: string;
  readonly taken: readonly string[];
}

/** The highest number that is taken plus one; if that would be too high, the lowest free one. */
export function nextTaskId(given: Taken): string {
  return freeTaskIds(given).next().value;
}

/** Generates free ids without end. */
export function* freeTaskIds({ ids, taken }: Taken): Generator<string, never> {
  const numbers = new Set(taken.flatMap((id) => (id.startsWith(ids) ? Number.parseInt(id.slice(ids.length), 10) : [])));
  let highest = 0;
  for (const number of numbers) if (number > highest) highest = number;
  for (; highest < highestNumber; highest += 1) yield `${ids}${highest + 1}`;
  for (let free = 1; ; free += 1) if (!numbers.has(free)) yield `${ids}${free}`;
}

/** Whether the attempt still counts for the task, or a person intervened after it. */
export function isCounted({
  task,
  attempt,
}: {
  readonly task: Pick<Task, 'countFrom'>;
  readonly attempt: { readonly number: number };
}): boolean {
  return attempt.number > task.countFrom;
}
