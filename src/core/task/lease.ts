// Leases: an attempt belongs to one supervisor until a certain time. All their durations are defined here.
import { second, type Duration, type Instant } from '../time.ts';

/**
 * Long enough for a busy event loop to renew it in time, short enough that the work of a dead supervisor is taken over
 * soon.
 */
export const leaseFor: Duration = 15 * second;

/** Leases are renewed three times within their life, so one lost renewal does no harm. */
export const renewEvery: Duration = leaseFor / 3;

/**
 * A moment by the clock that leases use: the kernel's boot clock, which all supervisors of one machine share and nobody can
 * set. Moments of different boots cannot be compared.
 */
export interface LeaseInstant {
  /** Identifies the boot of the machine from which `ms` counts. */
  readonly boot: string;
  /** Milliseconds since that boot, including the time in which the machine slept. */
  readonly ms: number;
  /** The same moment by the wall clock. Supervisors older than database migration 009 measure leases by it (ADR 12). */
  readonly wall: Instant;
}
