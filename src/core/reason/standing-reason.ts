// Where a task stands and why, as a code and its facts. The texts, and what would move the task, are made in
// `standing-words.ts`.
import type { PullStands } from '../delivery/pull-record.ts';
import type { AttemptState } from '../task/attempt.ts';
import type { Stop } from '../task/stop.ts';
import type { TaskState } from '../task/task.ts';
import type { Chosen, Refusal, Trial } from '../route/route.ts';
import type { Instant } from '../time.ts';
import type { ConditionReason } from './condition-reason.ts';
import type { ReasonFrom } from './reason-from.ts';
import type { RouteReason } from './route-reason.ts';
import type { TaskReason, TaskReasonFacts } from './task-reason.ts';

type None = Readonly<Record<string, never>>;

/** What a queued task waits for before a route is chosen. `until`: when time alone will help. */
export interface WaitFacts {
  /** A person works in its checkout. */
  readonly attached: None;
  /** Its old checkout is being removed. */
  readonly clearing: None;
  /** A step of its pull request is being carried out. */
  readonly following: None;
  readonly 'not-marked': None;
  readonly 'line-gone': None;
  readonly 'line-unread': None;
  readonly 'batch-paused': { readonly batch: string };
  readonly 'batch-cancelled': { readonly batch: string };
  /** The tasks that are not done. `state` is null if there is no such task. */
  readonly dependency: { readonly on: readonly { readonly id: string; readonly state: TaskState | null }[] };
  /** These tasks have delivered branches, and no single one of them has the work of all. */
  readonly 'several-branches': { readonly on: readonly string[] };
  readonly 'back-off': { readonly until: Instant; readonly reason: TaskReason };
  readonly 'set-aside': { readonly until: Instant; readonly why: ConditionReason };
}

export type Wait = ReasonFrom<WaitFacts>;

export const waitCodes = [
  ...([
    'attached',
    'clearing',
    'following',
    'not-marked',
    'line-gone',
    'line-unread',
    'batch-paused',
    'batch-cancelled',
    'dependency',
  ] as const),
  ...(['several-branches', 'back-off', 'set-aside'] as const),
] as const satisfies readonly Wait['code'][];

/** The limit that leaves no room for one more worker. */
export interface FullFacts {
  /** Applies to every task. */
  readonly 'every-place': None;
  readonly workers: { readonly limit: number };
  readonly host: { readonly limit: number };
  readonly place: { readonly place: string; readonly limit: number };
  readonly repository: { readonly limit: number };
  readonly model: { readonly model: string; readonly limit: number };
  readonly account: { readonly account: string; readonly limit: number };
  readonly batch: { readonly batch: string; readonly limit: number };
  /** In bytes. */
  readonly memory: { readonly needs: number; readonly spare: number };
}

export type Full = ReasonFrom<FullFacts>;

interface Working {
  readonly attempt: number;
  readonly state: AttemptState;
  readonly agent: string;
  readonly model: string;
  readonly route: readonly RouteReason[];
  readonly stop: Stop | null;
}

interface Settled {
  readonly reason: TaskReason;
  readonly evidence: string | null;
}

export interface StandingFacts extends WaitFacts {
  /** Nothing is known that the task waits for, and no route was computed. */
  readonly unlooked: None;
  /** A temporary problem prevented the computation of a route. */
  readonly hindered: TaskReasonFacts['fault'];
  /** A problem that only a person can fix prevented the computation of a route. */
  readonly faulty: TaskReasonFacts['fault'];
  readonly 'without-servers': TaskReasonFacts['unknown-servers'];
  readonly refused: Refusal;
  readonly 'tried-first': Trial;
  readonly full: Full;
  readonly startable: Chosen;
  /** `working` is null if its attempt no longer exists. */
  readonly working: { readonly working: Working | null };
  /** Its supervisor is gone. */
  readonly orphaned: { readonly working: Working };
  /** `where`: the host of its worker, which cannot be reached from here. */
  readonly 'beyond-reach': { readonly working: Working; readonly where: string };
  /** Its pull request is to be opened. */
  readonly opening: { readonly repository: string };
  /** Its pull request is open, or was just merged. */
  readonly 'in-review': {
    readonly number: number;
    readonly url: string;
    readonly stands: PullStands;
    /** Whether a person has asked for its merge. */
    readonly wish: 'holds' | 'void' | null;
  };
  readonly delivered: Settled;
  readonly done: Settled;
  readonly cancelled: Settled;
  readonly blocked: Settled;
  readonly failed: Settled;
}

export type Standing = ReasonFrom<StandingFacts>;

/** The standings of queued tasks, as far as a route was computed. */
export type QueuedStanding = Extract<
  Standing,
  {
    readonly code: Wait['code'] | 'unlooked' | 'hindered' | 'faulty' | 'without-servers' | 'refused' | 'tried-first' | 'full' | 'startable';
  }
>;

const waits: ReadonlySet<string> = new Set(waitCodes);

export function isWait(standing: Standing): standing is Wait {
  return waits.has(standing.code);
}

/** When time alone will help; null if it will not. */
export function untilOf(standing: Standing): Instant | null {
  return 'until' in standing.facts ? (standing.facts.until ?? null) : null;
}
