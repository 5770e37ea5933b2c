// When to try again: exponential back-off with seeded jitter, and never before a time that the server named.
import { hour, type Duration, type Instant } from './time.ts';

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
}): Instant {
  const delay = Math.min(hour, facts.base * 2 ** Math.min(facts.streak - 1, 30));
  const next = facts.now + Math.round(delay * (0.5 + 0.5 * fraction(facts.seed)));
  return Math.max(next, facts.until ?? next);
}

/** FNV-1a of the seed as a number in [0, 1): the same seed gives the same jitter, in every process. */
function fraction(seed: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < seed.length; i++) hash = Math.imul(hash ^ seed.charCodeAt(i), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
