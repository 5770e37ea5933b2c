// Leases: an attempt is held by one supervisor until a time. The numbers stand in one place.
import { second, type Duration } from './time.ts';

/** Long enough that a busy event loop keeps its leases, short enough that a dead supervisor's work is taken over soon. */
export const leaseFor: Duration = 15 * second;

/** Twice over before it could run out. */
export const renewEvery: Duration = leaseFor / 3;
