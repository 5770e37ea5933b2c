// The breaker of a provider: when it fails several tasks within minutes, no more of them are sent after those. After a
// pause one task tries it; its success closes the breaker, its failure opens it again for longer.
import { nextTry, stillWaits } from '../task/retry.ts';
import { hour, minute, type Duration, type Instant } from '../time.ts';

export interface BreakerState {
  /** Each task's last failure of late. */
  readonly failures: readonly { readonly task: number; readonly at: Instant }[];
  /** How many times in a row it has opened; 0: closed. */
  readonly streak: number;
  /** From then on one task may try it. */
  readonly until: Instant | null;
}

export const closed: BreakerState = { failures: [], streak: 0, until: null };

const providerOpensAt = 3;
const within: Duration = 10 * minute;

/** So long the others wait for the one that tries it, before they ask again. */
const trialTakes: Duration = minute;

/** After a failure that is the provider's own (overloaded, backend). */
export function afterFailure(
  state: BreakerState,
  given: {
    readonly task: number;
    readonly startedAt: Instant;
    readonly at: Instant;
    readonly base: Duration;
    readonly seed: string;
    /** So many tasks have to fail before it opens. */
    readonly opensAt?: number;
    /** Its longest pause. */
    readonly longest?: Duration;
  },
): BreakerState {
  const { task, startedAt, at, base, seed, opensAt = providerOpensAt, longest = hour } = given;
  const failures = [...state.failures.filter((one) => one.task !== task && at - one.at < within && one.at <= at), { task, at }];
  // Half open, the one that tried it is enough. Those that were under way before fail of what is known; and long after,
  // one failure is one failure again.
  const until = openedUntil(state, { now: at, longest });
  const open = until !== null;
  const trial = open && startedAt >= until;
  if (!trial && (open || failures.length < opensAt)) return { ...state, failures };
  const streak = state.streak + 1;
  return { failures, streak, until: nextTry({ now: at, base, streak, seed, until: null, longest }) };
}

/** After an attempt that it served. */
export function afterSuccess(state: BreakerState): BreakerState {
  return state.failures.length === 0 && state.until === null ? state : closed;
}

/** Until when no more workers are sent to it; null: it is not held. `underWay`: workers that use it now. */
export function heldUntil(given: {
  readonly state: BreakerState;
  readonly underWay: number;
  readonly now: Instant;
  /** Its longest pause. */
  readonly longest?: Duration;
}): Instant | null {
  const { state, underWay, now, longest = hour } = given;
  const until = openedUntil(state, { now, longest });
  if (until === null || now < until) return until;
  return underWay === 0 ? null : now + trialTakes;
}

/** Its time, unless that is long over, or farther ahead than any back-off: the clock was, then. */
function openedUntil({ until }: BreakerState, given: { readonly now: Instant; readonly longest: Duration }): Instant | null {
  const { now, longest } = given;
  if (until === null || now >= until + within) return null;
  return now >= until || stillWaits({ until, since: until, now, longest }) ? until : null;
}
