// Where tasks come from, and where their completion is told: the repository's TODO.md, and other places beside it. A source
// says what it has and writes in its own place only. What follows is stored by whoever asked, so that the same answer serves
// a supervisor, which takes tasks in, and a command that only looks.
import type { TaskReason } from '../core/reason/task-reason.ts';
import type { RestingState, Task, TaskRequest, Tick } from '../core/task/task.ts';
import type { Instant } from '../core/time.ts';
import type { Store } from './store.ts';
import type { TaskPatch } from './task-moves.ts';

/** What stands in a source and was probably meant otherwise. */
export interface SourceProblem {
  /** Of the warning. */
  readonly code: string;
  /** A file or an address. */
  readonly place: string;
  /** From 1; null in a place that has no lines. */
  readonly line: number | null;
  readonly message: string;
  readonly hint: string;
}

/** How a task is moved because of what a person did in the source. It may have been begun meanwhile: it is moved only `from` there. */
export interface SourceMove {
  readonly task: Task;
  readonly from: readonly RestingState[];
  readonly to: RestingState;
  readonly reason: TaskReason;
  /** Of how its work arrives nothing is known in a source, but that all of it is forgotten. */
  readonly patch: Omit<TaskPatch, 'delivery'> & { readonly delivery?: null };
}

export type SourceNews =
  | { readonly news: 'problems'; readonly problems: readonly SourceProblem[] }
  | { readonly news: 'moved'; readonly move: SourceMove }
  /** A task that is open there. `stored`: the task of that id, as it was when the reading began; null: there is none. */
  | { readonly news: 'open'; readonly request: TaskRequest; readonly stored: Task | null }
  /** A stored task that the source does not have any more, or cannot read now, as it is to be stored. */
  | { readonly news: 'missing'; readonly task: Task }
  /** The last one: everything was told, as it stood at this mark. `tasks`: how many stand there, done or not. */
  | { readonly news: 'all'; readonly mark: string | null; readonly tasks: number };

export interface Reading {
  readonly repo: string;
  readonly tasks: Store['tasks'];
  /** Whether the repository is there: of one that is away, such as on a disk that is not mounted, no task was taken out. */
  readonly isThere: () => Promise<boolean>;
}

export interface Completing {
  readonly repo: string;
  /** Delivered tasks of the repository. Those of other sources among them are passed over. */
  readonly tasks: readonly Task[];
  readonly at: Instant;
  /**
   * Told its mark when it begins to look at its tasks, where it has any of these, and what its mark became of it in the same
   * turn in which it wrote: what we write ourselves is no news.
   */
  readonly marked: (mark: { readonly from: string | null; readonly to: string | null }) => void;
  /** Somebody asked for an end: a source that waits for another machine gives up. */
  readonly signal: AbortSignal;
}

/** Both by the tasks' ids. */
export interface Completion {
  /** Those that are not complete before their open subtasks are; nothing was written for them. */
  readonly waiting: ReadonlySet<string>;
  /** Those whose completion was told. What the source has to know again of it is added to the task's `ticks` with the step to `done`. */
  readonly told: ReadonlyMap<string, Tick | null>;
}

export interface Source {
  /** As people know it, such as `TODO.md`; no other source has it. */
  readonly name: string;
  /** Another one whenever what it has of the repository may have changed; null: it has nothing. Asked at every pulse. */
  mark(repo: string): string | null;
  /**
   * Compares its tasks with the stored ones. Each piece of news is acted on before the next is asked for. Where `all` does
   * not come, it is to be read again. Writes nothing. Faults where it cannot be read.
   */
  read(given: Reading): AsyncIterable<SourceNews>;
  /** The body of an open task together with what stands elsewhere, such as its brief. */
  body(given: { readonly repo: string; readonly request: TaskRequest }): Promise<string | null>;
  /** Tells the completion of tasks, of all in one step. May be asked again for tasks whose completion was told before. */
  complete(given: Completing): Promise<Completion>;
  /** Opens a task again, and takes back what is stored as its `ticks`. Nothing where it is open, or not the source's. */
  reopen(task: Task): Promise<void>;
  /**
   * Told of tasks that a supervisor moved, as they stand now; again where it failed. A supervisor may die in between: a source
   * that must miss nothing also compares at its next reading.
   */
  progress?(given: { readonly tasks: readonly Task[]; readonly signal: AbortSignal }): Promise<void>;
  /** Takes away what processes of ours left in its place that were killed. Never rejects. */
  tidy?(repo: string): Promise<void>;
}
