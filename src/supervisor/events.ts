// What the supervisor tells while it works: for the live progress, and line by line for scripts. Additive.
import type { TaskState } from '../core/task/task.ts';
import type { TranscriptEvent } from '../core/transcript/transcript.ts';
import type { VerdictKind } from '../core/task/verdict.ts';

export const phases = ['intake', 'watch', 'settle', 'dispatch', 'reap', 'account'] as const;
export type Phase = (typeof phases)[number];

export type Stage = 'preparing' | 'setup' | 'running' | 'stopping' | 'settling' | 'checking' | 'pushing' | 'closed';

/** `task` and `attempt` are ids, `repo` the repository's top folder; null where the event belongs to none. Costs are in dollars. */
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
  /** A sign-in was tried; `ok` null: it could not be told. */
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
  /** Nothing is under way, and so many tasks wait. `next`: the one that time lets start first; null: none. */
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
      readonly costUsd: number;
      readonly mismatches: number;
    };
