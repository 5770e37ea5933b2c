// Changes of tasks' states that people and supervisors ask for, each in one transaction that checks the present state
// first. Only the end of its attempt changes a running task (`Store.close`).
import type { Action } from '../core/task/action.ts';
import type { Delivery } from '../core/delivery/delivery.ts';
import type { PullPlan, PullRecord } from '../core/delivery/pull-record.ts';
import type { TaskReason } from '../core/reason/task-reason.ts';
import type { Site } from '../core/task/site.ts';
import type { LineState, RestingState, Task, Tick } from '../core/task/task.ts';
import type { Instant } from '../core/time.ts';

/** Other changes of a task. `reason`: why it stays in its state, which is not a transition. */
export interface TaskPatch {
  readonly reason?: TaskReason;
  readonly notBefore?: Instant | null;
  readonly retries?: number;
  readonly countFrom?: number;
  /**
   * Changes the given fields, and creates the record if there is none; a patch that only sets fields to null creates none.
   * Null: the record is removed.
   */
  readonly delivery?: Partial<Delivery> | null;
  /** A pure rule over the record of its pull request as it is stored, if there is one that was opened. */
  readonly pull?: (record: PullRecord) => PullRecord | PullPlan;
  readonly site?: Site | null;
  readonly ticks?: readonly Tick[];
  readonly wanted?: boolean;
  readonly batch?: string | null;
  readonly line?: LineState;
}

export type Moved = 'ok' | 'illegal' | 'unknown';

/**
 * `moved` includes a task that stays queued and no longer waits for anything; `stopping` names the attempt that is to end.
 */
export type Acted =
  | { readonly acted: 'moved' }
  | { readonly acted: 'stopping'; readonly attempt: string }
  | { readonly acted: 'refused'; readonly why: string; readonly instead: string };

/** `to`: the task changes its state as well. `patch`: other fields that change with it. */
export interface PullChange {
  readonly pull: PullPlan | PullRecord | null;
  readonly commit?: string;
  readonly base?: string;
  readonly evidence?: string;
  readonly merged?: Delivery['merged'];
  readonly stackedOn?: Delivery['stackedOn'];
  readonly patch?: Pick<TaskPatch, 'countFrom' | 'retries' | 'notBefore'>;
  readonly to?: { readonly state: RestingState; readonly reason: TaskReason };
}

export interface TaskMoves {
  /**
   * Changes the record of a task's pull request by a pure rule over the task as it is stored, in one transaction. Nothing is
   * written if the rule returns null, or if the change of the state is not legal. Returns the task after it; null if nothing
   * was written.
   */
  changePull(given: {
    readonly key: number;
    readonly at: Instant;
    readonly change: (task: Task) => PullChange | null;
  }): Promise<Task | null>;
  /**
   * Carries out a person's action as `ruleOn` allows it for the present state of the task. A cancellation replaces any
   * other stop.
   */
  act(given: { readonly key: number; readonly action: Action; readonly at: Instant }): Promise<Acted>;
  /**
   * Changes the state, and writes the transition row and the patch. Nothing is changed if the state is not in `from`, or if
   * the change is not legal.
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
