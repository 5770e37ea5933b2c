// How tasks change their state: by what people and supervisors ask for, each in one transaction that looks where the task
// stands before it moves it. A running task is moved by the end of its attempt alone (`Store.close`).
import type { Action } from '../core/task/action.ts';
import type { Delivery } from '../core/delivery/delivery.ts';
import type { TaskReason } from '../core/reason/task-reason.ts';
import type { Site } from '../core/task/site.ts';
import type { LineState, RestingState, Tick } from '../core/task/task.ts';
import type { Instant } from '../core/time.ts';

/** What a task becomes besides its state. `reason`: why it stays where it is, which is no transition. */
export interface TaskPatch {
  readonly reason?: TaskReason;
  readonly notBefore?: Instant | null;
  readonly retries?: number;
  readonly countFrom?: number;
  /**
   * Changes the fields that it names, and begins the record where there is none yet; one that only sets fields to null begins
   * none. Null: the record is removed.
   */
  readonly delivery?: Partial<Delivery> | null;
  readonly site?: Site | null;
  readonly ticks?: readonly Tick[];
  readonly wanted?: boolean;
  readonly batch?: string | null;
  readonly line?: LineState;
}

export type Moved = 'ok' | 'illegal' | 'unknown';

/** `moved` includes a task that stays queued and waits for nothing any longer; `stopping` names the attempt that is to end. */
export type Acted =
  | { readonly acted: 'moved' }
  | { readonly acted: 'stopping'; readonly attempt: string }
  | { readonly acted: 'refused'; readonly why: string; readonly instead: string };

export interface TaskMoves {
  /** A person's action: what `ruleOn` allows from where the task stands now. A cancellation replaces any other stop. */
  act(given: { readonly key: number; readonly action: Action; readonly at: Instant }): Promise<Acted>;
  /**
   * Changes the state, writes the transition row and the patch. From a state that is not in `from`, or where the change is
   * not legal, nothing is changed.
   */
  moveTask(given: {
    readonly key: number;
    readonly from: readonly RestingState[];
    readonly to: RestingState;
    readonly reason: TaskReason;
    readonly at: Instant;
    readonly patch?: TaskPatch;
  }): Promise<Moved>;
}
