// An attempt: one try at a task by one worker. Its states, its route, and what is stored of it.
import type { RouteReason } from '../reason/route-reason.ts';
import type { Stop } from './stop.ts';
import type { Verdict } from './verdict.ts';
import type { Exit, MicroUsd, Tokens } from '../transcript/transcript.ts';
import type { Instant } from '../time.ts';

export type AttemptState = 'preparing' | 'running' | 'settling' | 'closed';

/** Who does it, with what, billed how, where, and why so. */
export interface Route {
  readonly agent: string;
  readonly model: string;
  readonly account: string | null;
  readonly billing: string | null;
  readonly place: string;
  /** The machine on which the place runs workers; null in records from before hosts were stored. */
  readonly host: string | null;
  readonly reasons: readonly RouteReason[];
}

/** The stored reference by which a started worker is found again, by any process that reaches its host. */
export interface Launch {
  readonly place: string;
  /** As in its route. */
  readonly host: string | null;
  /** When it was started. */
  readonly at: Instant;
  /** Value of YARDMASTER_ATTEMPT in the environment of the worker and of all its descendants. */
  readonly marker: string;
  /** Plain JSON in the words of the place that made it; nobody else reads it. */
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
  /** The agent's own session, to resume; chosen by us or read from the transcript. */
  readonly session: string | null;
  /** That its worker had; null: none. */
  readonly role: string | null;
  readonly launch: Launch | null;
  readonly stop: Stop | null;
  readonly worktree: string | null;
  readonly branch: string | null;
  readonly outOffset: number;
  /** When output of its worker was read last; what its agent's own records tell afterwards does not count. */
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
  /** The most memory that its whole process tree was seen to use, in bytes; null when nobody looked. */
  readonly peakMemory: number | null;
}

/** The right to write to an attempt: holder and fence as of the claim or the last take-over. */
export interface Lease {
  readonly attempt: string;
  readonly holder: string;
  readonly fence: number;
}

/** What a list of tasks tells of an attempt. */
export interface LastAttempt {
  readonly taskKey: number;
  readonly route: Pick<Route, 'agent' | 'model' | 'account'>;
  readonly billing: string | null;
  readonly verdict: Pick<Verdict, 'kind'> | null;
}

/** What was charged for it, or is so far: nothing under a plan. */
export function chargedOf(attempt: Pick<Attempt, 'billing' | 'cost'> & { readonly route: Pick<Route, 'billing'> }): MicroUsd {
  return (attempt.billing ?? attempt.route.billing) === 'subscription' ? 0 : attempt.cost;
}

/** Sent out to be billed in one way and billed in the other: money that nobody meant to spend. */
export function billedOtherwise(attempt: Pick<Attempt, 'billing'> & { readonly route: Pick<Route, 'billing'> }): boolean {
  const { billing, route } = attempt;
  return billing !== null && route.billing !== null && billing !== route.billing;
}
