// An attempt: one try at a task by one worker. Its states, its route, and what is stored of it.
import type { RouteReason } from '../reason/route-reason.ts';
import type { AnswerKind } from '../delivery/answer-kind.ts';
import type { Stop } from './stop.ts';
import type { Verdict } from './verdict.ts';
import type { Exit, MicroUsd, Tokens } from '../transcript/transcript.ts';
import type { Instant } from '../time.ts';

export type AttemptState = 'preparing' | 'running' | 'settling' | 'closed';

/** Who works on it, with which model, how it is billed, where, and why. */
export interface Route {
  readonly agent: string;
  readonly model: string;
  readonly account: string | null;
  readonly billing: string | null;
  readonly place: string;
  /** The machine on which the place runs workers; null in records that were stored before hosts were. */
  readonly host: string | null;
  readonly reasons: readonly RouteReason[];
}

/** The stored reference by which any process that reaches its host finds a started worker again. */
export interface Launch {
  readonly place: string;
  /** The host of its route. */
  readonly host: string | null;
  /** When it was started. */
  readonly at: Instant;
  /** Value of YARDMASTER_ATTEMPT in the environment of the worker and of all its descendants. */
  readonly marker: string;
  /** Plain JSON in the format of the place that made it; nobody else reads it. */
  readonly ref: unknown;
}

export interface Attempt {
  readonly id: string;
  readonly taskKey: number;
  readonly repo: string;
  readonly taskId: string;
  readonly number: number;
  readonly state: AttemptState;
  readonly route: Route;
  /** The agent's own session, from which it can be resumed; chosen by us or read from the transcript. */
  readonly session: string | null;
  /** The role that its worker had; null: none. */
  readonly role: string | null;
  readonly launch: Launch | null;
  readonly stop: Stop | null;
  readonly worktree: string | null;
  readonly branch: string | null;
  readonly outOffset: number;
  /** When output of its worker was last read. Facts that are read afterwards from the agent's own records do not count. */
  readonly lastEventAt: Instant | null;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  readonly exit: Exit | null;
  readonly verdict: Verdict | null;
  readonly billing: string | null;
  readonly cost: MicroUsd;
  readonly tokens: Tokens;
  readonly steps: number;
  readonly commits: number;
  /** The most memory that its whole process tree was seen to use, in bytes; null if it was never measured. */
  readonly peakMemory: number | null;
  /** What it answers at the forge; null: it does the task's own work. */
  readonly answer: AnswerKind | null;
}

/** The right to write to an attempt: the holder and the fence, as they were set by the claim or the last take-over. */
export interface Lease {
  readonly attempt: string;
  readonly holder: string;
  readonly fence: number;
}

/** What a list of tasks shows of an attempt. */
export interface LastAttempt {
  readonly taskKey: number;
  readonly route: Pick<Route, 'agent' | 'model' | 'account'>;
  readonly billing: string | null;
  readonly verdict: Pick<Verdict, 'kind'> | null;
}

/** What was charged for it, or has been so far: nothing under a plan. */
export function chargedOf(attempt: Pick<Attempt, 'billing' | 'cost'> & { readonly route: Pick<Route, 'billing'> }): MicroUsd {
  return (attempt.billing ?? attempt.route.billing) === 'subscription' ? 0 : attempt.cost;
}

/** Whether the attempt was billed in another way than planned, which costs money that nobody meant to spend. */
export function billedOtherwise(attempt: Pick<Attempt, 'billing'> & { readonly route: Pick<Route, 'billing'> }): boolean {
  const { billing, route } = attempt;
  return billing !== null && route.billing !== null && billing !== route.billing;
}
