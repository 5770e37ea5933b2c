// Which supervisor keeps a repository's issues the same: one at a time, and another one once that is gone.
import { minute, type Duration } from '../time.ts';
import type { IssuesState, LastSync } from './issues-state.ts';

/** A supervisor of another machine is replaced if it did nothing for this time; one that is known to be gone, at once. */
export const longestLead: Duration = 2 * minute;

/** The state after a supervisor has asked for the lead. `gone`: a holder that is known to be gone. */
export function leadAfter(given: {
  readonly seen: IssuesState | null;
  readonly mine: Omit<IssuesState, 'last'>;
  readonly gone: string | null;
}): IssuesState {
  const { seen, mine, gone } = given;
  const isTaken =
    seen !== null && seen.holder !== mine.holder && seen.holder !== gone && mine.at >= seen.at && mine.at - seen.at < longestLead;
  return isTaken ? seen : { ...mine, last: lastSyncOf({ state: seen, forge: mine.forge }) };
}

/** Of another repository at a forge, nothing holds. */
export function lastSyncOf({ state, forge }: { readonly state: IssuesState | null; readonly forge: string }): LastSync | null {
  return state === null || state.forge !== forge ? null : state.last;
}
