// A repository that cannot be used now is set aside with all its tasks: its remote cannot be reached, it was moved, or it
// is read-only. None of its tasks is at fault, so none is charged. After a back-off one of them tries the repository, and
// its result applies to all.
import type { Attempt } from './attempt.ts';
import type { ConditionReason } from '../reason/condition-reason.ts';
import type { Said } from '../reason/said.ts';
import { afterFailure, closed, heldUntil, type BreakerState } from '../route/breaker.ts';
import { failureRule, type FailureKind } from './failure.ts';
import type { Task } from './task.ts';
import { minute, type Duration, type Instant } from '../time.ts';

/** What is known about a repository. */
export interface RepositoryState {
  readonly breaker: BreakerState;
  /** Since when it cannot be used, as a person was notified of it; null: it can be used. */
  readonly away: { readonly since: Instant; readonly kind: FailureKind; readonly why: ConditionReason } | null;
  /** When it was found to be usable again. Absent if it never was unusable, or is at the moment. */
  readonly backAt?: Instant;
}

export const usable: RepositoryState = { breaker: closed, away: null };

/** Its tasks should go on soon after it is usable again, and trying it until then costs little. */
const longestBackOff: Duration = 5 * minute;

/** One failure is enough: unlike a provider, a repository does not fail occasionally. */
const opensAt = 1;

interface Outage {
  readonly kind: FailureKind;
  readonly said: Said;
  readonly task: number;
  readonly startedAt: Instant;
  /** When the step failed. */
  readonly at: Instant;
  /** The first back-off. */
  readonly base: Duration;
  readonly seed: string;
}

/**
 * The state after an attempt that could not use the repository. It is unchanged if the failure says nothing about the
 * repository.
 */
export function afterOutage(state: RepositoryState, outage: Outage): RepositoryState {
  const { kind, said, at } = outage;
  if (failureRule(kind).next !== 'aside' || isKnown(state, at)) return state;
  const breaker = afterFailure(state.breaker, { ...outage, opensAt, longest: longestBackOff });
  return { breaker, away: { since: state.away?.since ?? at, kind, why: { code: 'attempt', facts: { kind, said } } } };
}

/**
 * A failure from before the repository was found to be usable again says nothing new. If the clock was set back, a failure
 * is ignored only for a short time.
 */
function isKnown({ backAt }: RepositoryState, failedAt: Instant): boolean {
  return backAt !== undefined && failedAt < backAt && backAt - failedAt < minute;
}

/**
 * The state after a step that needed the repository. A checkout that could be made does not prove that the remote accepts a
 * push.
 */
export function afterUse(state: RepositoryState, given: { readonly used: 'fetched' | 'pushed'; readonly at: Instant }): RepositoryState {
  const proved = state.away !== null && (given.used === 'pushed' || state.away.kind !== 'push-unreachable');
  return proved ? { ...usable, backAt: given.at } : state;
}

/** A person asked for it, so it is tried now. */
export function triedNow(state: RepositoryState, at: Instant): RepositoryState {
  const { until } = state.breaker;
  return until === null || until <= at ? state : { ...state, breaker: { ...state.breaker, until: at } };
}

/**
 * Tasks that last failed because of their repository come last, so that a task that fails for a reason of its own does not
 * keep the others waiting.
 */
export function inTurn<T extends Pick<Task, 'key' | 'repo'>>(
  tasks: readonly T[],
  states: ReadonlyMap<string, RepositoryState>,
): readonly T[] {
  const failedAt = ({ key, repo }: T): Instant => states.get(repo)?.breaker.failures.find(({ task }) => task === key)?.at ?? 0;
  return tasks.toSorted((a, b) => failedAt(a) - failedAt(b));
}

/** Until when the repository's tasks wait for it, and why; null if they do not. */
export function asideOf(given: {
  readonly repo: string;
  /** Absent if nothing is known about it. */
  readonly state: RepositoryState | undefined;
  readonly open: readonly Pick<Attempt, 'repo' | 'state' | 'startedAt'>[];
  readonly now: Instant;
}): { readonly until: Instant; readonly why: ConditionReason } | null {
  const { repo, state, open, now } = given;
  if (state?.away == null) return null;
  const { breaker, away } = state;
  // The attempt that tries it now. Once its worker is running, the repository has proved usable.
  const tries = open.filter((one) => one.repo === repo && one.state === 'preparing' && one.startedAt >= (breaker.until ?? now));
  const until = heldUntil({ state: breaker, underWay: tries.length, now, longest: longestBackOff });
  return until === null ? null : { until, why: away.why };
}
