// The state of spending and budgets. Amounts that were spent cover closed attempts; budgets and pace also include open
// attempts, as far as their costs are known.
import { toUsd } from '../core/money/usd.ts';
import { budgetUses, chargedSoFar } from '../core/money/budget.ts';
import type { BudgetUse } from '../core/money/budget-use.ts';
import { burnPerHour, stopsAt } from '../core/money/burn.ts';
import { prices } from '../core/money/prices.ts';
import type { Settings } from '../core/settings.ts';
import { hour, type Instant } from '../core/time.ts';
import type { MicroUsd } from '../core/transcript/transcript.ts';
import { iso } from '../lib/iso.ts';
import { dayStart, weekStart } from '../lib/local-day.ts';
import type { Agent } from '../ports/agent.ts';
import type { LedgerSum, Store } from '../ports/store.ts';
import { budgetFacts, openUses } from '../supervisor/account/budget.ts';
import { noSum, summaryOf, summaryView, sumView, useView, type Summary } from './money-view.ts';
import { windowsOf, windowView, type WindowWork } from './plan-windows.ts';

export interface BudgetStatus {
  readonly today: LedgerSum;
  readonly week: LedgerSum;
  /** The summary of this week. */
  readonly summary: Summary;
  /** The cost of each open attempt so far. */
  readonly open: readonly MicroUsd[];
  /** The spending per hour, at the pace of the last hour. */
  readonly perHour: MicroUsd;
  /** `stops`: when the budget is used up at this pace; null if that is not today, or if it is not a budget of the day. */
  readonly budgets: readonly { readonly use: BudgetUse; readonly stops: Instant | null }[];
  readonly windows: readonly WindowWork[];
}

export async function budgetStatus(given: {
  readonly store: Store;
  readonly budget: Settings['budget'];
  /** Called only if a window of a plan was reported. */
  readonly agents: () => Promise<ReadonlyMap<string, Agent>>;
  readonly now: Instant;
}): Promise<BudgetStatus> {
  const { store, budget, now } = given;
  const open = await openUses(store);
  const facts = await budgetFacts({ store, budget, open, now });
  const period = (from: Instant) => ({ from, to: now + 1 });
  const sum = async (from: Instant) => (await store.ledgerSums({ ...period(from), by: 'all' }))[0] ?? noSum;
  const [today, week, lastHour] = [await sum(dayStart(now)), await sum(weekStart(now)), await sum(now - hour)];
  const running = open.map(({ attempt }) => ({ charged: chargedSoFar({ attempt, prices }), startedAt: attempt.startedAt }));
  const perHour = burnPerHour({ closed: lastHour.charged, open: running, now });
  const budgets = budgetUses({ budget, spending: facts.spending }).map((use) => ({
    use,
    stops: use.kind === 'day' ? stopsAt({ use, stopAt: budget.stopAt, perHour, now, dayEnds: facts.dayEnds }) : null,
  }));
  const summary = await summaryOf(store, period(weekStart(now)));
  const windows = await windowsOf({ store, agents: given.agents, now });
  return { today, week, summary, open: running.map(({ charged }) => charged), perHour, budgets, windows };
}

export function budgetStatusView(status: BudgetStatus): Record<string, unknown> {
  const { today, week, summary, open, perHour, budgets, windows } = status;
  return {
    today: sumView(today),
    week: { ...sumView(week), by: summaryView(summary) },
    open: { attempts: open.length, costUsd: toUsd(open.reduce((all, charged) => all + charged, 0)) },
    burnUsdPerHour: toUsd(perHour),
    budgets: budgets.map(({ use, stops }) => ({ ...useView(use), stopsAt: iso(stops) })),
    windows: windows.map(windowView),
  };
}
