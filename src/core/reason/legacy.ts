// Reads reasons from a database: as data, and from rows of older versions as text, which may be the whole reason or one of
// its facts. Facts that those versions parsed from their own text are parsed here, so that a task that was blocked before
// an update continues as it would have done without it.
import { movesAway } from '../task/decide.ts';
import { failureKinds, type FailureKind } from '../task/failure.ts';
import type { RepositoryState } from '../task/set-aside.ts';
import type { Stop } from '../task/stop.ts';
import type { Verdict } from '../task/verdict.ts';
import type { AccountState, Cooldown } from '../route/account.ts';
import { refusalCodes, type Refused } from '../route/route.ts';
import type { ConditionReason } from './condition-reason.ts';
import type { RouteReason } from './route-reason.ts';
import { inWords, type Said } from './said.ts';
import type { TaskReason } from './task-reason.ts';

/** No text of an older version begins like this: each began with a word. */
const asData = '{"code":';

export function storedReason(stored: string): TaskReason {
  if (!stored.startsWith(asData)) return { code: 'legacy', facts: { text: stored } };
  const { code, facts } = JSON.parse(stored) as TaskReason;
  const read = {
    ...facts,
    ...('said' in facts ? { said: storedSaid(facts.said) } : {}),
    ...('route' in facts ? { route: storedRoute(facts.route) } : {}),
    ...('after' in facts && facts.after !== null ? { after: { ...facts.after, said: storedSaid(facts.after.said) } } : {}),
  };
  return { code, facts: read } as TaskReason;
}

export function storedRoute(stored: readonly (RouteReason | string)[]): readonly RouteReason[] {
  return stored.map((step) => {
    if (typeof step === 'string') return { code: 'legacy', facts: { text: step } };
    const { code } = step;
    const hasReason = code === 'account-tried-first' || code === 'account-unusable' || code === 'account-last-choice';
    return hasReason ? { ...step, facts: withReason(step.facts) } : step;
  });
}

export function storedVerdict(stored: Verdict | (Omit<Verdict, 'said'> & Unsaid)): Verdict {
  return 'said' in stored ? stored : withSaid(stored);
}

export function storedStop(stored: Stop | (Omit<Stop, 'said'> & Unsaid)): Stop {
  return 'said' in stored ? stored : withSaid(stored);
}

export function storedAccount(stored: AccountState): AccountState {
  const { paused, failed, proof, cooldowns } = stored;
  return {
    ...stored,
    paused: paused && withReason(paused),
    failed: failed && withReason(failed),
    proof: proof && withReason(proof),
    cooldowns: cooldowns.map((one): Cooldown => withReason(one)),
  };
}

export function storedRepository(stored: RepositoryState): RepositoryState {
  return { ...stored, away: stored.away && withReason(stored.away) };
}

/** The form in which verdicts and stops were stored. */
interface Unsaid {
  readonly message: string;
}

function withSaid<T extends Unsaid>({ message, ...rest }: T): Omit<T, 'message'> & { readonly said: Said } {
  return { ...rest, said: inWords(message) };
}

function storedSaid(stored: Said | string): Said {
  return typeof stored === 'string' ? inWords(stored) : stored;
}

function withReason<T extends { readonly why: ConditionReason | string }>(stored: T): T & { readonly why: ConditionReason } {
  const { why } = stored;
  return { ...stored, why: typeof why === 'string' ? { code: 'legacy', facts: { text: why } } : why };
}

/** The kind of failure after which the task was given up; null if it was none from the list. */
export function failureIn(reason: TaskReason): FailureKind | null {
  if (reason.code === 'failure') return reason.facts.kind;
  if (reason.code === 'no-route') return reason.facts.after?.kind ?? null;
  return reason.code === 'legacy' ? (failureKinds.find((kind) => reason.facts.text.startsWith(`${kind}: `)) ?? null) : null;
}

/** Why there was no route for it; null if that is not the reason. */
export function refusalIn(reason: TaskReason): Refused | null {
  if (reason.code === 'no-route') return reason.facts.refused;
  if (reason.code !== 'legacy') return null;
  const { text } = reason.facts;
  const failed = failureIn(reason);
  const moved = failed !== null && movesAway(failed);
  return refusalCodes.find((code) => text.startsWith(`${code}: `) || (moved && text.includes(`; ${code}: `))) ?? null;
}

const leftOut = new Set<RouteReason['code']>([
  'place-missing',
  'account-failed',
  'account-unusable',
  'account-over-budget',
  'plans-not-wanted',
]);

/** Whether the account was left out when a route was chosen. */
export function namesAccount(reason: TaskReason, account: string): boolean {
  if (reason.code === 'legacy') return reason.facts.text.includes(`not ${account} by `);
  return (
    reason.code === 'no-route' &&
    reason.facts.route.some(({ code, facts }) => leftOut.has(code) && 'account' in facts && facts.account === account)
  );
}
