// Leases: an attempt is held by one supervisor until a time. The numbers stand in one place.
import { second, type Duration, type Instant } from '../time.ts';

/** Long enough that a busy event loop keeps its leases, short enough that a dead supervisor's work is taken over soon. */
export const leaseFor: Duration = 15 * second;

/** Leases are renewed three times within their life, so one lost renewal does no harm. */
export const renewEvery: Duration = leaseFor / 3;

/**
 * A moment as leases measure it: by the kernel's boot clock, which all supervisors of one machine share and which nobody
 * can set. Two moments of different boots cannot be compared.
 */
export interface LeaseInstant {
  /** Identifies the boot of the machine from which `ms` counts. */
  readonly boot: string;
  /** Milliseconds since that boot, including the time in which the machine slept. */
  readonly ms: number;
  /** The same moment by the wall clock. Supervisors older than database migration 009 measure leases by it (ADR 12). */
  readonly wall: Instant;
}
