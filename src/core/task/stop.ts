// The reason for which we ended a worker. The attempt stores it, and the verdict takes it into account.
import type { Said } from '../reason/said.ts';
import { failureKinds } from './failure.ts';
import type { Instant } from '../time.ts';

/** Why we ended a worker ourselves; `lost`: its process vanished. */
export const stopReasons = ['cancelled', 'lost', ...failureKinds] as const;
export type StopReason = (typeof stopReasons)[number];

export interface Stop {
  readonly reason: StopReason;
  readonly said: Said;
  readonly until: Instant | null;
}
