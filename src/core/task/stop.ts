// The end of a worker that did not come by itself: the attempt keeps why, and the verdict is judged by it.
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
