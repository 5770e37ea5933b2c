// A repository that cannot be used now is set aside with all its tasks: its remote is away, it was moved, it is read-only.
// No task is to blame, so none is charged. After a back-off one of them tries it, and what that one finds holds for all.
import type { Attempt } from './attempt.ts';
import type { ConditionReason } from '../reason/condition-reason.ts';
import type { Said } from '../reason/said.ts';
import { afterFailure, closed, heldUntil, type BreakerState } from '../route/breaker.ts';
import { failureRule, type FailureKind } from './failure.ts';
import type { Task } from './task.ts';
import { minute, type Duration, type Instant } from '../time.ts';

/** What was seen of a repository. */
export interface RepositoryState {
  readonly breaker: BreakerState;
  /** Since when it cannot be used, as a person was told it; null: it can. */
  readonly away: { readonly since: Instant; readonly kind: FailureKind; readonly why: ConditionReason } | null;
  /** When it was found to be back; absent: it was not away yet, or is. */
  readonly backAt?: Instant;
}

export const usable: RepositoryState = { breaker: closed, away: null };

/** Soon after it is back its tasks go on, and until then trying it costs little. */
const longestBackOff: Duration = 5 * minute;

/** The first failure sets it aside: unlike a provider, a repository does not fail now and then. */
const opensAt = 1;

interface Outage {
  readonly kind: FailureKind;
  readonly said: Said;
  readonly task: number;
  readonly startedAt: Instant;
  /** When the step failed. */
  readonly at: Instant;
  /** First back-off. */
  readonly base: Duration;
  readonly seed: string;
}

/** After an attempt that could not use it. The same as before where the failure says nothing of the repository. */
export function afterOutage(state: RepositoryState, outage: Outage): RepositoryState {
  const { kind, said, at } = outage;
  if (failureRule(kind).next !== 'aside' || isKnown(state, at)) return state;
  const breaker = afterFailure(state.breaker, { ...outage, opensAt, longest: longestBackOff });
  return { breaker, away: { since: state.away?.since ?? at, kind, why: { code: 'attempt', facts: { kind, said } } } };
}

/** What failed before the repository was found to be back says nothing new of it. A clock that was set back hides no failure for long. */
function isKnown({ backAt }: RepositoryState, failedAt: Instant): boolean {
  return backAt !== undefined && failedAt < backAt && backAt - failedAt < minute;
}

/** After a step that needed it. That a checkout could be made does not say that its remote takes a push. */
export function afterUse(state: RepositoryState, given: { readonly used: 'fetched' | 'pushed'; readonly at: Instant }): RepositoryState {
  const proved = state.away !== null && (given.used === 'pushed' || state.away.kind !== 'push-unreachable');
  return proved ? { ...usable, backAt: given.at } : state;
}

/** A person asks for it: it is tried now. */
export function triedNow(state: RepositoryState, at: Instant): RepositoryState {
  const { until } = state.breaker;
  return until === null || until <= at ? state : { ...state, breaker: { ...state.breaker, until: at } };
}

/** Those that failed of their repository last come last, so that none that fails for a reason of its own keeps the others waiting. */
export function inTurn<T extends Pick<Task, 'key' | 'repo'>>(
  tasks: readonly T[],
  states: ReadonlyMap<string, RepositoryState>,
): readonly T[] {
  const failedAt = ({ key, repo }: T): Instant => states.get(repo)?.breaker.failures.find(({ task }) => task === key)?.at ?? 0;
  return tasks.toSorted((a, b) => failedAt(a) - failedAt(b));
}

/** Until when the repository's tasks wait for it, and why; null: they do not. */
export function asideOf(given: {
  readonly repo: string;
  /** Absent: nothing was seen of it. */
  readonly state: RepositoryState | undefined;
  readonly open: readonly Pick<Attempt, 'repo' | 'state' | 'startedAt'>[];
  readonly now: Instant;
}): { readonly until: Instant; readonly why: ConditionReason } | null {
  const { repo, state, open, now } = given;
  if (state?.away == null) return null;
  const { breaker, away } = state;
  // The one that tries it now. Once its worker is at work, it has told.
  const tries = open.filter((one) => one.repo === repo && one.state === 'preparing' && one.startedAt >= (breaker.until ?? now));
  const until = heldUntil({ state: breaker, underWay: tries.length, now, longest: longestBackOff });
  return until === null ? null : { until, why: away.why };
}
