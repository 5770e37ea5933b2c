// Ends an attempt: the verdict becomes a decision about the task, and both are stored in one transaction.
import { afterAnswer } from '../../core/delivery/answer-end.ts';
import { answered } from '../../core/delivery/pull-changes.ts';
import type { StackedOn } from '../../core/delivery/stacked-on.ts';
import type { PullPlan } from '../../core/delivery/pull-record.ts';
import { toUsd } from '../../core/money/usd.ts';
import { chargedOf, type Attempt, type Lease } from '../../core/task/attempt.ts';
import type { Said } from '../../core/reason/said.ts';
import { saidText } from '../../core/reason/said-words.ts';
import type { Stop } from '../../core/task/stop.ts';
import { decide, type Decision } from '../../core/task/decide.ts';
import type { FailureKind } from '../../core/task/failure.ts';
import { faultRule } from '../../core/fault-codes.ts';
import type { Fault } from '../../core/fault.ts';
import { textOf } from '../../core/reason/words.ts';
import type { Settings } from '../../core/settings.ts';
import { isCounted, type Task } from '../../core/task/task.ts';
import { ledgerOf } from '../../core/money/ledger.ts';
import { prices } from '../../core/money/prices.ts';
import { emptyTally, spent } from '../../core/transcript/tally.ts';
import { second, type Instant } from '../../core/time.ts';
import type { Verdict, VerdictKind } from '../../core/task/verdict.ts';
import type { TaskPatch } from '../../ports/task-moves.ts';
import { forget } from '../held.ts';
import { alarm } from '../account/account.ts';
import { recordAttempt } from '../dispatch/known-accounts.ts';
import { heldPlace } from '../watch/places.ts';
import { roleOf } from '../prepare/roles.ts';
import { recordOutage } from '../dispatch/set-aside.ts';
import { privateFolder } from '../prepare/site.ts';
import { inPlaceOf, modelWishes } from '../dispatch/route-task.ts';
import { emitMoved } from '../emit-moved.ts';
import { emitStage, type World } from '../world.ts';

export interface Ending {
  readonly task: Task;
  readonly attempt: Attempt;
  readonly lease: Lease;
  readonly verdict: Verdict;
  readonly commits: number;
  /** When the step failed that caused the verdict; absent: just now. */
  readonly failedAt?: Instant;
}

/** Closes an attempt whose work was not delivered (or needed no delivery), and moves its task as the rules decide. */
export async function closeAttempt(world: World, ending: Ending): Promise<void> {
  const { task, verdict } = ending;
  const { kind } = verdict;
  if (kind === 'work') throw new Error('work is closed by its delivery');
  const settings = await world.settings(task.repo);
  const earlier = await world.store.attempts(task.key);
  const before = earlier.flatMap((one) =>
    one.verdict === null || !isCounted({ task, attempt: one }) || one.id === ending.attempt.id ? [] : [one.verdict.kind],
  );
  const wanted = await wantedModel(world, { task, settings });
  const decision = decide({
    verdict: { ...verdict, kind },
    before,
    retries: task.retries,
    maxRetries: settings.worker.maxRetries,
    backoff: settings.worker.backoffSeconds * second,
    now: world.clock.now(),
    seed: ending.attempt.id,
    chained: inPlaceOf({ wanted, models: settings.models }).chain.length > 0,
  });
  const { retries } = decision;
  if (ending.attempt.answer !== null) {
    const end = afterAnswer({ decision, at: world.clock.now() });
    const { notBefore } = end.decision;
    return storeEnding(world, { ending, decision: end.decision, patch: { notBefore, retries, pull: end.change } });
  }
  const arrived = kind === 'no-change' ? { delivery: { evidence: textOf(decision.reason) } } : {};
  await storeEnding(world, { ending, decision, patch: { notBefore: decision.notBefore, retries, ...arrived } });
}

/** Closes an attempt whose work was delivered. */
export async function closeDelivered(
  world: World,
  given: Ending & {
    readonly commit: string;
    readonly evidence: string;
    /** The pull request that is to be opened for it; null: none, or it has one. */
    readonly plan: PullPlan | null;
    /** The commit on which the work builds from now on; absent: the same as before. */
    readonly base?: string;
    readonly stackedOn?: StackedOn | null;
  },
): Promise<void> {
  const { commit, evidence, plan, base, stackedOn } = given;
  const decision: Decision = {
    to: 'delivered',
    reason: { code: 'arrived', facts: { evidence } },
    notBefore: null,
    retries: given.task.retries,
  };
  await storeEnding(world, {
    ending: given,
    decision,
    patch: {
      delivery: {
        ...{ commit, evidence },
        ...(plan === null ? {} : { pull: plan }),
        ...(base === undefined ? {} : { base }),
        ...(stackedOn === undefined ? {} : { stackedOn }),
      },
      pull: (record) => answered(record, { commit, at: world.clock.now() }),
      notBefore: null,
    },
  });
}

async function storeEnding(world: World, given: { ending: Ending; decision: Decision; patch: TaskPatch }): Promise<void> {
  const { task, attempt, lease, verdict, commits, failedAt = world.clock.now() } = given.ending;
  const reader = world.memory.held.get(attempt.id)?.reader ?? null;
  const tally = reader?.tally ?? emptyTally;
  const sum = spent(tally);
  const settings = await world.settings(task.repo);
  // An attempt whose worker never started may have a private folder, too.
  await heldPlace(world, attempt).clear(privateFolder(world, attempt));
  // This comes before the task may be dispatched again, because that decision depends on what this attempt showed.
  const out = await recordAttempt(world, { attempt, verdict, tally, settings, at: world.clock.now() });
  if (out !== null) await alarm(world, { task: task.id, repo: task.repo, attempt: attempt.id, error: out, where: 'accounts' });
  if (verdict.kind !== 'work' && verdict.kind !== 'no-change' && verdict.kind !== 'cancelled')
    await recordOutage(world, { attempt, kind: verdict.kind, said: verdict.said, settings, failedAt });
  const written = await world.store.close({
    lease,
    closing: {
      verdict,
      cost: sum.cost,
      tokens: sum.tokens,
      steps: reader === null ? attempt.steps : tally.steps,
      commits,
      at: world.clock.now(),
      ledger: ledgerOf({
        route: attempt.route,
        billing: attempt.billing,
        tally,
        wanted: await wantedModel(world, { task, settings }),
        tiers: settings.models.tiers,
        prices,
      }),
    },
    task: { to: given.decision.to, reason: given.decision.reason, patch: given.patch },
  });
  if (typeof written === 'object') return closeAttempt(world, { ...given.ending, verdict: cancelledBy(written.overruledBy) });
  forget(world, attempt.id);
  // If the lease is lost, another supervisor settles the attempt from the same facts.
  if (written === 'lost') return;
  world.passing('closed');
  world.emit({
    type: 'verdict',
    task: task.id,
    repo: task.repo,
    attempt: attempt.id,
    verdict: verdict.kind,
    message: saidText(verdict.said),
    costUsd: toUsd(chargedOf({ ...attempt, cost: sum.cost })),
  });
  emitMoved(world, { task, from: 'running', to: given.decision.to, reason: textOf(given.decision.reason) });
  emitStage(world, { attempt, title: task.title, stage: 'closed' });
}

/** The tier or model that the task requests under the current configuration. */
async function wantedModel(world: World, given: { readonly task: Task; readonly settings: Settings }): Promise<string> {
  const { task, settings } = given;
  const role = await roleOf(world, given);
  const known = role !== null && 'problem' in role ? null : role;
  return modelWishes({ ...task, settings, role: known })[0]?.model ?? settings.models.default;
}

/** The verdict for a repository or site that cannot be worked with now. */
export function unworkable(fault: Fault): Verdict {
  const { code, message, hint } = fault;
  return failed(faultRule(code).failure ?? 'worktree', { code: 'fault', facts: { code, message, hint } });
}

function cancelledBy({ said }: Stop): Verdict {
  return { kind: 'cancelled', said, until: null, feedback: null };
}

export function failed(kind: FailureKind, said: Said, feedback: string | null = null): Verdict {
  return { kind: kind satisfies VerdictKind, said, until: null, feedback };
}
