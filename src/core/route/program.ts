// The program of an agent that was there before and is not there now: most often it is being updated. So it is waited for
// before its tasks are given up.
import { minute, second, type Duration, type Instant } from '../time.ts';

/** Of a program that was seen. `awaySince`: since when it is missing; null: it was there at the last look. */
export interface ProgramState {
  readonly awaySince: Instant | null;
}

const patience: Duration = 5 * minute;

/** `state` null: it was never seen, and stays so where it is not found. */
export function afterLook(
  state: ProgramState | null,
  { found, now }: { readonly found: boolean; readonly now: Instant },
): ProgramState | null {
  if (found) return state?.awaySince === null ? state : { awaySince: null };
  if (state === null) return null;
  const { awaySince } = state;
  // A clock that was set back must not prolong it.
  return awaySince === null || awaySince > now ? { awaySince: now } : state;
}

/** When it is looked for again; null: it is not waited for, because it was never there or is away for too long. */
export function awaitedUntil(state: ProgramState | null, now: Instant): Instant | null {
  if (state === null) return null;
  const since = Math.min(state.awaySince ?? now, now);
  const deadline = since + patience;
  // Soon at first: most updates take seconds.
  return now >= deadline ? null : Math.min(deadline, now + Math.max(second, now - since));
}
