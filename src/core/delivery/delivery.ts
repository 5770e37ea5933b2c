// The record of how a task's work arrives. It is created when the task's site is made on a branch, stays when the site is
// removed, and is removed by a reset. A pull request, a merge and a verification will become further fields, null until
// they exist.

export interface Delivery {
  /** Null, like the base, if a database of an older version did not record it, and while a reset is under way. */
  readonly branch: string | null;
  /** The commit that the branch was made from. */
  readonly base: string | null;
  /** The commit that arrived; null until one does, and if no change was needed. */
  readonly commit: string | null;
  /** The evidence that the work arrived, as text; null until there is any. */
  readonly evidence: string | null;
}
