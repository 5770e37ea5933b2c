// How fast money is being spent, and when the budget of the day will be used up at that pace.
import type { BudgetUse } from './budget-use.ts';
import { hour, type Instant } from '../time.ts';
import type { MicroUsd } from '../transcript/transcript.ts';

/** Micro-dollars per hour: attempts that closed within the last hour, and the part of open attempts that falls into it. */
export function burnPerHour(given: {
  readonly closed: MicroUsd;
  readonly open: readonly { readonly charged: MicroUsd; readonly startedAt: Instant }[];
  readonly now: Instant;
}): MicroUsd {
  const parts = given.open.map(({ charged, startedAt }) => charged * Math.min(1, hour / Math.max(1, given.now - startedAt)));
  return Math.round(parts.reduce((sum, part) => sum + part, given.closed));
}

/** When the budget of the day will stop new attempts; null if the pace does not reach the limit before the day ends. */
export function stopsAt(given: {
  readonly use: BudgetUse;
  readonly stopAt: number;
  readonly perHour: MicroUsd;
  readonly now: Instant;
  readonly dayEnds: Instant;
}): Instant | null {
  const { use, perHour, now } = given;
  const left = use.limit * given.stopAt - use.spent;
  if (left <= 0) return now;
  const at = perHour <= 0 ? Infinity : Math.round(now + (left / perHour) * hour);
  return at < given.dayEnds ? at : null;
}
