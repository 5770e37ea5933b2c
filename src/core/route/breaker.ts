// A circuit breaker per provider: if the provider fails several tasks within minutes, no more tasks are sent to it. After a
// pause one task tries it again. Success closes the breaker; failure opens it for longer.
import { nextTry, stillWaits } from '../task/retry.ts';
import { hour, minute, type Duration, type Instant } from '../time.ts';

export interface BreakerState {
  /** The last recent failure of each task. */
  readonly failures: readonly { readonly task: number; readonly at: Instant }[];
  /** How many times in a row the breaker opened; 0 while it is closed. */
  readonly streak: number;
  /** From this time on one task may try the provider. */
  readonly until: Instant | null;
}

export const closed: BreakerState = { failures: [], streak: 0, until: null };

const providerOpensAt = 3;
const within: Duration = 10 * minute;

/** How long the other tasks wait for the task that tries the provider, before they ask again. */
const trialTakes: Duration = minute;

/** The state after a failure that is the provider's own (overloaded, backend). */
export function afterFailure(
  state: BreakerState,
  given: {
    readonly task: number;
    readonly startedAt: Instant;
    readonly at: Instant;
    readonly base: Duration;
    readonly seed: string;
    /** How many tasks have to fail before the breaker opens. */
    readonly opensAt?: number;
    /** The longest pause of the breaker. */
    readonly longest?: Duration;
  },
): BreakerState {
  const { task, startedAt, at, base, seed, opensAt = providerOpensAt, longest = hour } = given;
  const failures = [...state.failures.filter((one) => one.task !== task && at - one.at < within && one.at <= at), { task, at }];
  // When the breaker is half open, one failed trial reopens it. Failures of attempts that were under way before add nothing
  // new; and a failure long afterwards is a first failure again.
  const until = openedUntil(state, { now: at, longest });
  const open = until !== null;
  const trial = open && startedAt >= until;
  if (!trial && (open || failures.length < opensAt)) return { ...state, failures };
  const streak = state.streak + 1;
  return { failures, streak, until: nextTry({ now: at, base, streak, seed, until: null, longest }) };
}

/** The state after an attempt that the provider served. */
export function afterSuccess(state: BreakerState): BreakerState {
  return state.failures.length === 0 && state.until === null ? state : closed;
}

/** Until when no more workers are sent to the provider; null if they may be sent. `underWay`: how many workers use it now. */
export function heldUntil(given: {
  readonly state: BreakerState;
  readonly underWay: number;
  readonly now: Instant;
  /** The longest pause of the breaker. */
  readonly longest?: Duration;
}): Instant | null {
  const { state, underWay, now, longest = hour } = given;
  const until = openedUntil(state, { now, longest });
  if (until === null || now < until) return until;
  return underWay === 0 ? null : now + trialTakes;
}

/**
 * The end of the pause; null if it passed long ago, or is further ahead than any back-off, which means that the clock was
 * wrong.
 */
function openedUntil({ until }: BreakerState, given: { readonly now: Instant; readonly longest: Duration }): Instant | null {
  const { now, longest } = given;
  if (until === null || now >= until + within) return null;
  return now >= until || stillWaits({ until, since: until, now, longest }) ? until : null;
}
