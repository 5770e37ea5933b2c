// When to try again: exponential back-off with seeded jitter, and never before a time that the server named; and whether
// such a time, once stored, still stands in the way.
import { hour, minute, type Duration, type Instant } from '../time.ts';

/**
 * The time of the next try. `streak` counts the failures in a row, 1 for the first; the delay doubles from `base` up to
 * an hour, and jitter takes up to half of it away so that workers that failed together do not come back together.
 * `until` (a reset, a retry-after) only ever puts it off: a server that always says "in a second" must not be asked each second.
 */
export function nextTry(facts: {
  readonly now: Instant;
  readonly base: Duration;
  readonly streak: number;
  readonly seed: string;
  readonly until: Instant | null;
  /** At most so long; an hour where nothing is said. */
  readonly longest?: Duration;
}): Instant {
  const delay = Math.min(facts.longest ?? hour, facts.base * 2 ** Math.min(facts.streak - 1, 30));
  const next = facts.now + Math.round(delay * (0.5 + 0.5 * fraction(facts.seed)));
  return Math.max(next, facts.until ?? next);
}

/**
 * A wait until `until`, which was written at `since`, still holds. Longer than it was to take, and than the longest back-off,
 * nothing waits: then it was written by a clock that was ahead and has been set right. What a server named may lie days
 * ahead; a minute more forgives a clock that is set back by as much as such clocks are.
 */
export function stillWaits(facts: {
  readonly until: Instant;
  readonly since: Instant;
  readonly now: Instant;
  /** The longest back-off; an hour where nothing is said. */
  readonly longest?: Duration;
}): boolean {
  const { until, since, now, longest = hour } = facts;
  return until > now && until - now <= Math.max(longest, until - since + minute);
}

/** FNV-1a of the seed as a number in [0, 1): the same seed gives the same jitter, in every process. */
function fraction(seed: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < seed.length; i++) hash = Math.imul(hash ^ seed.charCodeAt(i), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
