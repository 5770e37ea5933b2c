// The moments at which the death of a supervisor leaves the most behind: between two effects that belong together.
// The chaos tests kill it at each of them; a point that no run passes fails there.

export const pausePoints = [
  /** A source was read, and some of its tasks are stored. */
  'taking-on',
  /** The attempt is open and nothing else was done for it. */
  'claimed',
  /** A worktree and a branch stand that no record names. */
  'worktree-made',
  'worktree-recorded',
  /** The worker waits at its gate; its reference is stored. */
  'launch-recorded',
  /** The worker runs; nothing says so but its reference. */
  'started',
  /** Events were read from its output and are not stored. */
  'output-read',
  'output-stored',
  /** The wish to end it is stored; it still runs. */
  'stop-stored',
  /** It has ended, which is stored; all else of the verdict is open. */
  'settling',
  /** Nothing of it runs any longer. */
  'tree-ended',
  'transcript-complete',
  /** What it left uncommitted is committed. */
  'leftovers-committed',
  'judged',
  /** The branch is at the remote, which no record says. */
  'pushed',
  /** Closed, with its task moved. */
  'closed',
  /** Its source says that it is done; the task is still `delivered`. */
  'ticked',
  'finished',
  /** The worktree is gone; the task's record still names it. */
  'worktree-removed',
  /** Other supervisors' attempts are ours, and not yet looked at. */
  'taken-over',
] as const;

export type PausePoint = (typeof pausePoints)[number];
