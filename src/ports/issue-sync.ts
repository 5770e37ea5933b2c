// Keeps a repository's TODO.md and the issues of its forge the same. What is to change is decided by the rules of
// `core/sync`; this carries it out on both sides. Everything may be repeated after any fault or death.
import type { ForgeRepository } from '../core/delivery/pull-facts.ts';
import type { ConflictOf } from '../core/sync/issues-state.ts';
import type { Notice } from '../core/sync/pair-up.ts';
import type { Pending } from '../core/sync/pending.ts';
import type { SyncFacts, SyncPolicy, SyncTask } from '../core/sync/sync-facts.ts';
import type { Mark } from '../core/todo/head.ts';
import type { Duration } from '../core/time.ts';
import type { ForgeIssues } from './forge-issues.ts';

/** The stored tasks of the repository. A source reads and writes only its own sides, so their keeper does this. */
export interface SyncTasks {
  /** `marks`: the boxes of the lines. `taken`: the ids of all stored tasks. */
  read(marks: ReadonlyMap<string, Mark>): Promise<{ readonly tasks: ReadonlyMap<string, SyncTask>; readonly taken: readonly string[] }>;
  /** False if the task is in no state from which that is possible. */
  move(given: {
    readonly task: string;
    readonly to: 'queued' | 'cancelled';
    readonly number: number;
    readonly by: string | null;
  }): Promise<boolean>;
}

export interface SyncAsk {
  readonly repo: string;
  /** The prefix of ids. */
  readonly ids: string;
  readonly at: ForgeRepository;
  readonly issues: ForgeIssues;
  readonly policy: SyncPolicy;
  readonly tasks: SyncTasks;
  readonly flows: SyncFacts['flows'];
  readonly keep: SyncFacts['keep'];
  readonly push: SyncFacts['push'];
  /** Only what concerns these tasks is carried out; null: everything. */
  readonly only: ReadonlySet<string> | null;
  /** Nothing is written. */
  readonly dryRun: boolean;
  /** How long to wait for another sync of the same repository on this machine to end. */
  readonly waitMs: Duration;
  /** Recorded as whoever synced last, if nobody leads. */
  readonly holder: string;
  readonly signal: AbortSignal;
}

export interface SyncOutcome {
  /** What was carried out; in a dry run, what would be. */
  readonly done: readonly Pending[];
  /** Tasks of which something was left out, because a side was changed meanwhile or the forge refused it, with the reason. */
  readonly left: readonly { readonly task: string; readonly why: string }[];
  /** What a full sync would still carry over. */
  readonly pending: readonly Pending[];
  readonly conflicts: readonly ConflictOf[];
  readonly notices: readonly Notice[];
  /** How many tasks are the same as their issues. */
  readonly synced: number;
  /** The issues of tasks. */
  readonly numbers: ReadonlyMap<string, number>;
  /** The tasks that have a line. */
  readonly lines: ReadonlySet<string>;
  /** The mark of TODO.md as it was read last. */
  readonly mark: string;
}

export interface IssueSync {
  /** Faults: `issues-busy`, `no-todo`, `todo-conflicted`, those of the task list, and those of a forge's account. */
  run(ask: SyncAsk): Promise<SyncOutcome>;
  /** The issue that a task's line names; null if there is none, or if the list cannot be read. */
  issueOf(given: { readonly repo: string; readonly ids: string; readonly task: string }): Promise<number | null>;
  /** A text that differs whenever TODO.md may have changed; null: there is none. */
  mark(repo: string): string | null;
}

/**
 * The moments at which a sync that dies leaves the most behind: one side is written, and nothing else says so yet. The chaos
 * test kills it at each of them; a point that it does not pass fails there.
 */
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
