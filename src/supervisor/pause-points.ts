// The moments at which the death of a supervisor leaves the most behind: between two effects that belong together.
// The chaos tests kill it at each of them; a point that no run passes fails there.

/** What every task passes. */
export const taskPoints = [
  /** A source was read, and some of its tasks are stored. */
  'taking-on',
  /** The attempt is open, and nothing else was done for it. */
  'claimed',
  /** A worktree and a branch exist, but no record names them yet. */
  'worktree-made',
  'worktree-recorded',
  /** The worker waits at its gate; its reference is stored. */
  'launch-recorded',
  /** The worker runs, and only its stored reference shows it. */
  'started',
  /** Events were read from its output but are not stored yet. */
  'output-read',
  'output-stored',
  /** The request to end the worker is stored, but it still runs. */
  'stop-stored',
  /** The worker has ended, which is stored; everything else about the verdict is open. */
  'settling',
  /** None of the worker's processes runs any longer. */
  'tree-ended',
  'transcript-complete',
  /** Work that the worker left uncommitted is committed. */
  'leftovers-committed',
  'judged',
  /** The branch is at the remote, but no record says so yet. */
  'pushed',
  /** The attempt is closed, and its task has moved. */
  'closed',
  /** The source shows that the task is done; the task is still `delivered`. */
  'ticked',
  'finished',
  /** The worktree is removed, but the task's record still names it. */
  'worktree-removed',
  /** This supervisor took over attempts of others and has not examined them yet. */
  'taken-over',
] as const;

/** What tasks pass whose work arrives by a pull request. */
export const pullPoints = [
  /** The pull request is open, but no record says so yet. */
  'pull-opened',
  /** Failed checks are recorded as run again, but the forge was not asked to. */
  'rerun-recorded',
  /** The record says what a worker is to answer, and no worker is claimed yet. */
  'answer-asked',
  /** An answer is in the thread at the forge, but its item is not recorded as answered. */
  'item-answered',
  /** The updated branch is at the remote, but no record says so yet. */
  'update-pushed',
  /** The record says on what its commits build, and the forge does not know its new base. */
  'stack-recorded',
  /** The forge knows the new base, and the branch still builds on the old one. */
  'retargeted',
  /** The forge was asked to merge, and its answer is not recorded. */
  'merge-asked',
  /** What was merged is checked, and the result is not recorded. */
  'verified',
] as const;

export const pausePoints = [...taskPoints, ...pullPoints] as const;

export type PausePoint = (typeof pausePoints)[number];
