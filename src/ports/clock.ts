// The world's time and chance, as the supervisor needs them; a test may bring its own.
import type { Duration, Instant } from '../core/time.ts';

export interface Clock {
  now(): Instant;
  /** Resolves after the duration, or at once when the signal aborts; never rejects. */
  sleep(duration: Duration, signal: AbortSignal): Promise<void>;
  /** A fresh unique id (UUID). */
  id(): string;
}
