// An agent's program that was installed before and is missing now is most often just being updated. So its tasks wait a
// while before they are given up.
import { minute, second, type Duration, type Instant } from '../time.ts';

/**
 * What is known of a program that was seen before. `awaySince`: since when it is missing; null if it was there when last
 * checked.
 */
export interface ProgramState {
  readonly awaySince: Instant | null;
}

const patience: Duration = 5 * minute;

/**
 * The state after a check. A null `state` means that the program was never seen; it stays null while the program is not
 * found.
 */
export function afterLook(
  state: ProgramState | null,
  { found, now }: { readonly found: boolean; readonly now: Instant },
): ProgramState | null {
  if (found) return state?.awaySince === null ? state : { awaySince: null };
  if (state === null) return null;
  const { awaySince } = state;
  // A clock that was set back must not prolong the wait.
  return awaySince === null || awaySince > now ? { awaySince: now } : state;
}

/**
 * When to check for the program again; null if nothing waits for it, because it never existed or has been missing for too
 * long.
 */
export function awaitedUntil(state: ProgramState | null, now: Instant): Instant | null {
  if (state === null) return null;
  const since = Math.min(state.awaySince ?? now, now);
  const deadline = since + patience;
  // The first checks come soon, because most updates need only seconds.
  return now >= deadline ? null : Math.min(deadline, now + Math.max(second, now - since));
}
