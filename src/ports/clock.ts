// The world's time and chance, as the supervisor needs them; a test may bring its own.
import type { LeaseInstant } from '../core/task/lease.ts';
import type { Duration, Instant } from '../core/time.ts';

export interface Clock {
  /** By the wall clock, which may be off or be set at any time: for people and for records, not for decisions between supervisors. */
  now(): Instant;
  /** By the kernel's boot clock, which is the same for every process of this machine. */
  lease(): LeaseInstant;
  /** Resolves after the duration, or at once when the signal aborts; never rejects. */
  sleep(duration: Duration, signal: AbortSignal): Promise<void>;
  /** A fresh unique id (UUID). */
  id(): string;
}
