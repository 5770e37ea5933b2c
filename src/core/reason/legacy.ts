// Reasons as they stand in a database: as data, and in rows of older versions as text. What those versions read out of
// their own text is read here, so that a task that was blocked before an update goes on as it would have done.
import { movesAway } from '../task/decide.ts';
import { failureKinds, type FailureKind } from '../task/failure.ts';
import { refusalCodes, type Refused } from '../route/route.ts';
import type { RouteReason } from './route-reason.ts';
import type { TaskReason } from './task-reason.ts';

/** A text of older versions never began so: it began with a word. */
const asData = '{"code":';

export function storedReason(stored: string): TaskReason {
  return stored.startsWith(asData) ? (JSON.parse(stored) as TaskReason) : { code: 'legacy', facts: { text: stored } };
}

export function storedRoute(stored: readonly (RouteReason | string)[]): readonly RouteReason[] {
  return stored.map((step) => (typeof step === 'string' ? { code: 'legacy', facts: { text: step } } : step));
}

/** What it failed of when it was given up; null: of nothing that is on the list. */
export function failureIn(reason: TaskReason): FailureKind | null {
  if (reason.code === 'failure') return reason.facts.kind;
  if (reason.code === 'no-route') return reason.facts.after?.kind ?? null;
  return reason.code === 'legacy' ? (failureKinds.find((kind) => reason.facts.text.startsWith(`${kind}: `)) ?? null) : null;
}

/** Why there was no route for it; null: that is not why. */
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

/** The account was left out when a route was looked for. */
export function namesAccount(reason: TaskReason, account: string): boolean {
  if (reason.code === 'legacy') return reason.facts.text.includes(`not ${account} by `);
  return (
    reason.code === 'no-route' &&
    reason.facts.route.some(({ code, facts }) => leftOut.has(code) && 'account' in facts && facts.account === account)
  );
}
