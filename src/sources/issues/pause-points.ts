// The moments at which a sync that dies leaves the most behind: one side is written, and nothing else says so yet. The chaos test
// kills it at each of them; a point that it does not pass fails there.

export const syncPoints = [
  /** It is stored what the issue is to say, and the forge was not asked to change it. */
  'issue-change-recorded',
  /** The issue says so, and no record does yet. */
  'issue-changed',
  /** The issue is open at the forge, and its line does not name it yet. */
  'issue-opened',
  /** Our comment stands at the issue, but its number is stored nowhere. */
  'issue-commented',
  /** The task has moved because its issue was closed or opened, but its line does not show it. */
  'issue-task-moved',
  /** The brief is written, but its line is not there or does not name it. */
  'brief-written',
  /** The line is written, and what both sides have in common is not stored. */
  'line-written',
] as const;

export type SyncPoint = (typeof syncPoints)[number];
