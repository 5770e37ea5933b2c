// Decides when to try again: exponential back-off with seeded jitter, and never before a time that the server gave. Also
// decides whether such a stored time still applies.
import { hour, minute, type Duration, type Instant } from '../time.ts';

/**
 * The time of the next try. `streak` counts the failures in a row, 1 for the first. The delay doubles from `base` up to an
 * hour, and jitter shortens it by up to a half, so that workers that failed together do not come back together. `until` (a
 * reset, a retry-after) can only postpone it: a server that always says "in a second" must not be asked every second.
 */
export function nextTry(facts: {
  readonly now: Instant;
  readonly base: Duration;
  readonly streak: number;
  readonly seed: string;
  readonly until: Instant | null;
  /** The longest delay; an hour if it is absent. */
  readonly longest?: Duration;
}): Instant {
  const delay = Math.min(facts.longest ?? hour, facts.base * 2 ** Math.min(facts.streak - 1, 30));
  const next = facts.now + Math.round(delay * (0.5 + 0.5 * fraction(facts.seed)));
  return Math.max(next, facts.until ?? next);
}

/**
 * Whether a wait until `until`, which was written at `since`, still applies. No wait lasts longer than it was planned to,
 * and than the longest back-off. If it seems to, it was written by a clock that was ahead and has been set right since. A
 * time that a server gave may be days ahead; one minute of tolerance covers clocks that are set back by the usual small
 * amounts.
 */
export function stillWaits(facts: {
  readonly until: Instant;
  readonly since: Instant;
  readonly now: Instant;
  /** The longest back-off; an hour if it is absent. */
  readonly longest?: Duration;
}): boolean {
  const { until, since, now, longest = hour } = facts;
  return until > now && until - now <= Math.max(longest, until - since + minute);
}

/** The FNV-1a hash of the seed as a number in [0, 1): the same seed gives the same jitter in every process. */
function fraction(seed: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < seed.length; i++) hash = Math.imul(hash ^ seed.charCodeAt(i), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
