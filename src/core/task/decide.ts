// Decides what becomes of the task after a verdict other than work.
import { providerOf } from '../route/model-name.ts';
import type { Attempt } from './attempt.ts';
import { failureRule, type FailureKind } from './failure.ts';
import type { FailureEnd, TaskReason } from '../reason/task-reason.ts';
import { nextTry, stillWaits } from './retry.ts';
import type { TaskState } from './task.ts';
import type { Duration, Instant } from '../time.ts';
import type { Verdict, VerdictKind } from './verdict.ts';

export interface Decision {
  readonly to: TaskState;
  readonly reason: TaskReason;
  readonly notBefore: Instant | null;
  /** The new count of charged retries. */
  readonly retries: number;
}

export interface DecideFacts {
  readonly verdict: Verdict & { readonly kind: Exclude<VerdictKind, 'work'> };
  /** Verdicts of the attempts before this one that still count (since a person last intervened), oldest first. */
  readonly before: readonly VerdictKind[];
  readonly retries: number;
  readonly maxRetries: number;
  readonly backoff: Duration;
  readonly now: Instant;
  readonly seed: string;
  /** Other models may replace an overloaded one. Routing decides when each of them may be used again. */
  readonly chained: boolean;
}

export function decide(facts: DecideFacts): Decision {
  const { verdict, retries } = facts;
  const { kind, said } = verdict;
  if (kind === 'no-change') return { to: 'delivered', reason: { code: kind, facts: { said } }, notBefore: null, retries };
  if (kind === 'cancelled') return { to: kind, reason: { code: kind, facts: { said } }, notBefore: null, retries };
  return decideFailure({ ...facts, kind });
}

function decideFailure(facts: DecideFacts & { readonly kind: FailureKind }): Decision {
  const { kind, verdict, before, now } = facts;
  const rule = failureRule(kind);
  const because = (end: FailureEnd | null): TaskReason => ({ code: 'failure', facts: { kind, said: verdict.said, end } });
  const settle = (to: TaskState, end: FailureEnd | null): Decision => ({
    to,
    reason: because(end),
    notBefore: null,
    retries: facts.retries,
  });
  if (rule.next === 'never') return settle('blocked', null);
  const end = rule.blocks === true ? 'blocked' : 'failed';

  const same = before.filter((one) => one === kind).length;
  if (rule.atMost !== null && same >= rule.atMost) return settle(end, { times: same + 1 });
  const retries = facts.retries + (rule.charge ? 1 : 0);
  // Only charged failures can use up the retries: a lowered maxRetries must not fail a task because of an outage.
  if (rule.charge && retries > facts.maxRetries) return settle(end, { retries: facts.maxRetries });

  const again = (notBefore: Instant | null): Decision => ({ to: 'queued', reason: because(null), notBefore, retries });
  if (rule.next === 'later' || (rule.next === 'instead' && !facts.chained))
    return again(nextTry({ now, base: facts.backoff, streak: setBacks(before) + 1, seed: facts.seed, until: verdict.until }));
  // A task that is set aside waits with its repository, for as long as that cannot be used.
  return again(null);
}

/**
 * How many of the last verdicts in a row called for a back-off. Their kinds do not matter, because an outage shows as
 * several kinds in turn.
 */
function setBacks(before: readonly VerdictKind[]): number {
  return before.length - 1 - before.findLastIndex((kind) => !isSetBack(kind));
}

function isSetBack(kind: VerdictKind): boolean {
  return isFailure(kind) && (failureRule(kind).next === 'later' || failureRule(kind).next === 'instead');
}

/**
 * The models that recently could not serve the task, each with the time until which it is not used. `attempts`: the task's
 * attempts so far, oldest first. The back-off of each model doubles separately.
 */
export function resting(given: {
  readonly attempts: readonly Pick<Attempt, 'id' | 'route' | 'verdict' | 'endedAt'>[];
  readonly backoff: Duration;
  readonly now: Instant;
}): ReadonlyMap<string, Instant> {
  const ended = given.attempts.flatMap(({ verdict, endedAt, ...rest }) =>
    verdict === null || endedAt === null ? [] : [{ ...rest, verdict, endedAt }],
  );
  const failed = ended.slice(ended.findLastIndex(({ verdict }) => !isSetBack(verdict.kind)) + 1);
  const streaks = new Map<string, number>();
  const rests = new Map<string, Instant>();
  for (const { id, route, verdict, endedAt } of failed) {
    const streak = (streaks.get(route.model) ?? 0) + 1;
    streaks.set(route.model, streak);
    const until = nextTry({ now: endedAt, base: given.backoff, streak, seed: id, until: verdict.until });
    if (stillWaits({ until, since: endedAt, now: given.now })) rests.set(route.model, until);
    else rests.delete(route.model);
  }
  return rests;
}

function isFailure(kind: VerdictKind): kind is FailureKind {
  return kind !== 'work' && kind !== 'no-change' && kind !== 'cancelled';
}

/** Whether the next attempt may continue in the session of the last one. An agent without any event has no session. */
export function goesOnIn(given: {
  readonly last: Pick<Attempt, 'route' | 'role' | 'worktree' | 'outOffset'>;
  readonly verdict: VerdictKind;
  readonly next: Pick<Attempt, 'route' | 'role' | 'worktree' | 'answer'>;
}): boolean {
  const { last, verdict, next } = given;
  return (
    // A session that delivered its work goes on only to answer for that work.
    (isFailure(verdict) ? failureRule(verdict).resume : next.answer !== null) &&
    last.outOffset > 0 &&
    last.route.agent === next.route.agent &&
    // A provider refuses the parts of a conversation that another provider signed (its reasoning).
    providerOf(last.route.model) === providerOf(next.route.model) &&
    // Claude Code keeps a session's first prompt, whatever a later run passes (measured).
    last.role === next.role &&
    // The session knows the old worktree, not a new one, and the agent's own data of it is where it ran. Before hosts were
    // stored, there was only one.
    last.worktree === next.worktree &&
    last.route.place === next.route.place &&
    (last.route.host === null || last.route.host === next.route.host)
  );
}

/** Whether the next attempt must use another route after an attempt that ended in this way. */
export function movesAway(kind: VerdictKind): kind is FailureKind {
  return isFailure(kind) && failureRule(kind).next === 'elsewhere';
}
