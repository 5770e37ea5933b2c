// Tasks and attempts in the shapes that scripts rely on (`ls --json`, `show --json`). Keys may be added but never changed.
import { toUsd } from '../core/money/usd.ts';
import { billedOtherwise, chargedOf, type Attempt, type LastAttempt } from '../core/task/attempt.ts';
import { openedPull, type Delivery } from '../core/delivery/delivery.ts';
import { isWait } from '../core/reason/standing-reason.ts';
import { saidText } from '../core/reason/said-words.ts';
import { routeTexts, textOf } from '../core/reason/words.ts';
import type { Task } from '../core/task/task.ts';
import { iso } from '../lib/iso.ts';
import type { WorkerView } from '../ports/place.ts';
import { standsView, type Stands } from './standings.ts';

/** Times are ISO 8601 UTC; absent values are null. `reason` of a queued task says what it waits for. */
export function taskView(facts: {
  readonly task: Task;
  readonly last: LastAttempt | null;
  readonly stands: Stands;
}): Record<string, unknown> {
  const { task, last, stands } = facts;
  const waits = isWait(stands.standing);
  return {
    id: task.id,
    title: task.title,
    state: task.state,
    model: last?.route.model ?? task.model,
    agent: last?.route.agent ?? task.agent,
    account: last?.route.account ?? null,
    billing: last?.billing ?? null,
    attempts: task.attempts,
    batch: task.batch,
    branch: task.delivery?.branch ?? null,
    deliveredCommit: task.delivery?.commit ?? null,
    prUrl: openedPull(task.delivery)?.seen.url ?? null,
    reason: waits ? stands.text : textOf(task.reason),
    verdict: last?.verdict?.kind ?? null,
    evidence: task.delivery?.evidence ?? null,
    standing: standsView(stands),
    notBefore: iso((waits ? stands.until : null) ?? task.notBefore),
    repo: task.repo,
    createdAt: iso(task.createdAt),
    updatedAt: iso(task.updatedAt),
  };
}

/** `pullRequest`, `merged` and `verified` are null until there is one, `stackedOn` unless it builds on another task's branch. */
export function deliveryView(delivery: Delivery | null): Record<string, unknown> | null {
  if (delivery === null) return null;
  const { branch, base, commit, stackedOn } = delivery;
  const record = openedPull(delivery);
  const seen = record?.seen ?? null;
  const checked = record?.verified ?? null;
  return {
    branch,
    base,
    commit,
    stackedOn,
    pullRequest: seen === null ? null : { number: seen.number, url: seen.url, state: seen.state },
    merged: mergedOf(delivery),
    verified: checked === null ? null : { commit: checked.commit, at: iso(checked.at), failed: checked.failed?.command ?? null },
  };
}

function mergedOf(delivery: Delivery): { readonly commit: string | null; readonly by: string | null } | null {
  const seen = openedPull(delivery)?.seen ?? null;
  if (seen?.state === 'merged') return { commit: seen.mergedCommit, by: seen.endedBy };
  return delivery.merged === null ? null : { commit: delivery.merged.commit, by: null };
}

/** `costUsd` is the amount charged (0 under a subscription), `equivalentCostUsd` the price of its tokens. */
export function attemptView(attempt: Attempt, worker: WorkerView | undefined): Record<string, unknown> {
  return {
    id: attempt.id,
    number: attempt.number,
    state: attempt.state,
    agent: attempt.route.agent,
    model: attempt.route.model,
    account: attempt.route.account,
    billing: attempt.billing,
    billingMismatch: billedOtherwise(attempt),
    place: attempt.route.place,
    host: attempt.route.host,
    route: { reasons: routeTexts(attempt.route.reasons) },
    pid: worker?.pid ?? null,
    session: attempt.session,
    role: attempt.role,
    startedAt: iso(attempt.startedAt),
    endedAt: iso(attempt.endedAt),
    exitCode: attempt.exit?.code ?? null,
    signal: attempt.exit?.signal ?? null,
    stop: attempt.stop?.reason ?? null,
    verdict: attempt.verdict?.kind ?? null,
    message: attempt.verdict === null ? null : saidText(attempt.verdict.said),
    costUsd: charged(attempt),
    equivalentCostUsd: toUsd(attempt.cost),
    tokens: attempt.tokens,
    steps: attempt.steps,
    transcript: worker?.output ?? null,
    worktree: attempt.worktree,
    branch: attempt.branch,
    commits: attempt.commits,
  };
}

export function charged(attempt: Attempt): number {
  return toUsd(chargedOf(attempt));
}
