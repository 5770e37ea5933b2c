// The time and chance that the supervisor needs from the world; a test may supply its own.
import type { LeaseInstant } from '../core/task/lease.ts';
import type { Duration, Instant } from '../core/time.ts';

export interface Clock {
  /**
   * The wall clock, which may be wrong or be set at any time: for people and for records, not for decisions between
   * supervisors.
   */
  now(): Instant;
  /** The kernel's boot clock, which is the same for every process of this machine. */
  lease(): LeaseInstant;
  /** Resolves after the duration, or at once when the signal aborts; never rejects. */
  sleep(duration: Duration, signal: AbortSignal): Promise<void>;
  /** A new unique id (UUID). */
  id(): string;
}
