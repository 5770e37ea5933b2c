// The events that a supervisor emits while it works, for the live progress and, one JSON line each, for scripts. New kinds
// and fields may be added; existing ones do not change.
import type { PullStanding } from '../core/delivery/pull-standing.ts';
import type { TaskState } from '../core/task/task.ts';
import type { TranscriptEvent } from '../core/transcript/transcript.ts';
import type { VerdictKind } from '../core/task/verdict.ts';

export const phases = ['issues', 'intake', 'watch', 'settle', 'forge', 'dispatch', 'reap', 'account'] as const;
export type Phase = (typeof phases)[number];

export type Stage = 'preparing' | 'setup' | 'running' | 'stopping' | 'settling' | 'checking' | 'pushing' | 'closed';

/**
 * `task` and `attempt` are ids, `repo` is the repository's top folder; each is null if the event does not belong to one.
 * Costs are in dollars.
 */
export type SupervisorEvent =
  | { readonly type: 'phase'; readonly phase: Phase; readonly did: string | null; readonly costUsd?: number }
  | {
      readonly type: 'task';
      readonly task: string;
      readonly repo: string;
      readonly from: TaskState;
      readonly to: TaskState;
      readonly reason: string;
    }
  | {
      readonly type: 'attempt';
      readonly task: string;
      readonly repo: string;
      readonly attempt: string;
      readonly number: number;
      readonly title: string;
      readonly stage: Stage;
      readonly agent: string;
      readonly model: string;
      readonly startedAt: number;
      readonly note: string | null;
    }
  | {
      readonly type: 'progress';
      readonly task: string;
      readonly attempt: string;
      readonly event: TranscriptEvent;
      readonly costUsd: number;
      readonly steps: number;
    }
  | {
      readonly type: 'verdict';
      readonly task: string;
      readonly repo: string;
      readonly attempt: string;
      readonly verdict: VerdictKind;
      readonly message: string;
      readonly costUsd: number;
    }
  /** Where a task's pull request stands now: a code of the list in docs/pull-requests.md, or `opened`. */
  | {
      readonly type: 'pull-request';
      readonly task: string;
      readonly repo: string;
      readonly number: number;
      readonly url: string;
      readonly standing: PullStanding['code'] | 'opened';
    }
  /** A sign-in was tried. `ok` is null if the trial could not tell whether the account works. */
  | { readonly type: 'sign-in'; readonly account: string; readonly agent: string; readonly ok: boolean | null; readonly why: string }
  | { readonly type: 'refused'; readonly task: string; readonly repo: string; readonly code: string; readonly reasons: readonly string[] }
  | {
      readonly type: 'warning';
      readonly task: string | null;
      readonly repo: string | null;
      readonly attempt: string | null;
      readonly code: string;
      readonly message: string;
      readonly hint: string;
    }
  /**
   * No work is in progress, and this many tasks wait. `next` is the first task that will start because its time comes;
   * null: there is none.
   */
  | {
      readonly type: 'waiting';
      readonly tasks: number;
      readonly next: { readonly task: string; readonly until: string; readonly reason: string } | null;
    }
  | { readonly type: 'draining'; readonly workers: number }
  | {
      readonly type: 'summary';
      readonly delivered: number;
      readonly done: number;
      readonly blocked: number;
      readonly failed: number;
      readonly cancelled: number;
      readonly queued: number;
      /** How many of the delivered ones have a pull request that is open. */
      readonly inReview: number;
      readonly costUsd: number;
      readonly mismatches: number;
    };
