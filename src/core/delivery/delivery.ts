// The record of how a task's work arrives. It is created when the task's site is made on a branch, stays when the site is
// removed, and is removed by a reset.
import type { Answer, PullPlan, PullRecord } from './pull-record.ts';
import type { StackedOn } from './stacked-on.ts';

export interface Delivery {
  /** Null, like the base, if a database of an older version did not record it, and while a reset is under way. */
  readonly branch: string | null;
  /** The commit that the branch was made from. */
  readonly base: string | null;
  /** The commit that arrived; null until one does, and if no change was needed. */
  readonly commit: string | null;
  /** The evidence that the work arrived, as text; null until there is any. */
  readonly evidence: string | null;
  /** Null: the work arrives without a pull request. */
  readonly pull: PullPlan | PullRecord | null;
  /** The base into which it was merged without a forge, and that one's commit which has the work; null: it was not. */
  readonly merged: { readonly base: string; readonly commit: string } | null;
  /** The branch of another task on which its own commits build, until they are moved onto the base; null: none. */
  readonly stackedOn: StackedOn | null;
}

/** Whether the delivered task may be finished: it has no pull request, or nothing is left to do about it. */
export function isComplete(delivery: Delivery | null): boolean {
  const pull = delivery?.pull ?? null;
  return pull === null || (pull.seen !== null && pull.finished);
}

/** The pull request of a task; null if it has none, or if none was opened yet. */
export function openedPull(delivery: Delivery | null): PullRecord | null {
  const pull = delivery?.pull ?? null;
  return pull === null || pull.seen === null ? null : pull;
}

/** The work that a worker is to do for a delivered task; null: none. */
export function answerOf(task: { readonly delivery: Delivery | null }): Answer | null {
  return openedPull(task.delivery)?.answer ?? null;
}
