// Where tasks come from, and where their completion is reported: the repository's TODO.md, and other sources. A source
// reports its tasks and writes only to itself. The caller stores the results, so the same answer serves a supervisor, which
// takes tasks in, and a read-only command.
import type { TaskReason } from '../core/reason/task-reason.ts';
import type { RestingState, Task, TaskRequest, Tick } from '../core/task/task.ts';
import type { Instant } from '../core/time.ts';
import type { Store } from './store.ts';
import type { TaskPatch } from './task-moves.ts';

/** An entry in a source that probably means something else than it says. */
export interface SourceProblem {
  /** The code of the warning. */
  readonly code: string;
  /** A file or an address. */
  readonly place: string;
  /** Counted from 1; null for a source that has no lines. */
  readonly line: number | null;
  readonly message: string;
  readonly hint: string;
}

/**
 * A change of a task's state because of a person's action in the source. The task may have been started meanwhile, so it is
 * changed only from one of the states `from`.
 */
export interface SourceMove {
  readonly task: Task;
  readonly from: readonly RestingState[];
  readonly to: RestingState;
  readonly reason: TaskReason;
  /** A source knows nothing about deliveries, except that all of a task's may have to be forgotten. */
  readonly patch: Omit<TaskPatch, 'delivery'> & { readonly delivery?: null };
}

export type SourceNews =
  | { readonly news: 'problems'; readonly problems: readonly SourceProblem[] }
  | { readonly news: 'moved'; readonly move: SourceMove }
  /** An open task. `stored`: the stored task of that id when the reading began; null if there was none. */
  | { readonly news: 'open'; readonly request: TaskRequest; readonly stored: Task | null }
  /** A stored task that the source no longer has, or cannot read now, in the form in which it must be stored. */
  | { readonly news: 'missing'; readonly task: Task }
  /** The last piece of news: everything up to this mark was reported. `tasks`: the number of tasks there, done or not. */
  | { readonly news: 'all'; readonly mark: string | null; readonly tasks: number };

export interface Reading {
  readonly repo: string;
  readonly tasks: Store['tasks'];
  /**
   * Whether the repository exists. If it does not, for example on a disk that is not mounted, no task counts as removed.
   */
  readonly isThere: () => Promise<boolean>;
}

export interface Completing {
  readonly repo: string;
  /** Delivered tasks of the repository. Tasks of other sources among them are ignored. */
  readonly tasks: readonly Task[];
  readonly at: Instant;
  /**
   * Called with the source's mark when it begins to search for its tasks, if it has any of these, and with its mark after our
   * write, in the same turn as the write: what we write ourselves is no news.
   */
  readonly marked: (mark: { readonly from: string | null; readonly to: string | null }) => void;
  /** Aborts when the program should end: a source that waits for another machine gives up. */
  readonly signal: AbortSignal;
}

/** Both by the tasks' ids. */
export interface Completion {
  /** Tasks that are not complete before their open subtasks are; nothing was written for them. */
  readonly waiting: ReadonlySet<string>;
  /**
   * Tasks whose completion was reported. Facts that the source needs later are added to the task's `ticks` together with
   * the step to `done`.
   */
  readonly told: ReadonlyMap<string, Tick | null>;
}

export interface Source {
  /** The name that people know, such as `TODO.md`; no other source has it. */
  readonly name: string;
  /**
   * A text that differs whenever the source's content for the repository may have changed; null if it has none. Called at
   * every pulse.
   */
  mark(repo: string): string | null;
  /**
   * Compares its tasks with the stored ones. Each piece of news is acted on before the next one is requested. If `all` does
   * not arrive, the source has to be read again. Writes nothing. Throws a Fault if it cannot be read.
   */
  read(given: Reading): AsyncIterable<SourceNews>;
  /** The body of an open task, including text from elsewhere, such as its brief. */
  body(given: { readonly repo: string; readonly request: TaskRequest }): Promise<string | null>;
  /**
   * Reports the completion of tasks, all in one step. May be called again for tasks whose completion was reported before.
   */
  complete(given: Completing): Promise<Completion>;
  /**
   * Opens a task again, and withdraws what is stored as its `ticks`. Does nothing if the task is open, or does not belong
   * to the source.
   */
  reopen(task: Task): Promise<void>;
  /**
   * Receives tasks that a supervisor changed, in their present state; repeated if it failed. A supervisor may die in
   * between, so a source that must not miss anything also compares at its next reading.
   */
  progress?(given: { readonly tasks: readonly Task[]; readonly signal: AbortSignal }): Promise<void>;
  /** Removes what killed processes of ours left behind in the source. Never rejects. */
  tidy?(repo: string): Promise<void>;
}
