// The record of how a task's work arrives. It begins when the task's site is made on a branch, stays when the site is removed,
// and is removed by a reset. A pull request, a merge and a verification will be further fields of it, null until there is one.

export interface Delivery {
  /** Null where a database of an older version did not know it, as is the base, and while a reset is under way. */
  readonly branch: string | null;
  /** The commit that the branch was made from. */
  readonly base: string | null;
  /** The commit that arrived; null until one did, and where no change was needed. */
  readonly commit: string | null;
  /** What shows that the work arrived, in words; null until it did. */
  readonly evidence: string | null;
}
