// Reads from the store what counts against budgets, and computes the notices about them.
import { addOpen, hasBudget, type OpenUse, type Spending } from '../../core/money/budget.ts';
import { budgetNotices } from '../../core/money/budget-alert.ts';
import type { Notice } from '../../core/task/notice.ts';
import { prices } from '../../core/money/prices.ts';
import type { Settings } from '../../core/settings.ts';
import { dayName, dayStart } from '../../lib/local-day.ts';
import type { Store } from '../../ports/store.ts';
import type { World } from '../world.ts';

export interface BudgetFacts {
  readonly spending: Spending;
  /** The local date, and the time at which that day ends. */
  readonly day: string;
  readonly dayEnds: number;
}

/** Runs one query; called once per pulse and repository with a budget. `open`: attempts that are not in the ledger yet. */
export async function budgetFacts(given: {
  readonly store: Pick<Store, 'spending'>;
  readonly budget: Settings['budget'];
  readonly open: readonly OpenUse[];
  readonly now: number;
}): Promise<BudgetFacts> {
  const { store, budget, open, now } = given;
  const closed = await store.spending({ since: dayStart(now), accounts: Object.keys(budget.perAccountUsd) });
  return { spending: addOpen({ spending: closed, open, prices }), day: dayName(now), dayEnds: dayStart(now, 1) };
}

/** The open attempts with the batches of their tasks. */
export async function openUses(store: Pick<Store, 'openAttempts' | 'tasksByKeys'>): Promise<readonly OpenUse[]> {
  const attempts = await store.openAttempts();
  const batches = new Map((await store.tasksByKeys(attempts.map(({ taskKey }) => taskKey))).map(({ key, batch }) => [key, batch]));
  return attempts.map((attempt) => ({ attempt, batch: batches.get(attempt.taskKey) ?? null }));
}

/** A notice for each threshold that is passed now in any repository in scope, whether it was sent before or not. */
export async function budgetAlerts(world: Pick<World, 'store' | 'scope' | 'settings' | 'clock'>): Promise<readonly Notice[]> {
  const { store, scope, clock } = world;
  const notices: Notice[] = [];
  let open: readonly OpenUse[] | null = null;
  for (const repo of scope.repo === null ? await store.repos() : [scope.repo]) {
    // The dispatch of its tasks reports a configuration that cannot be read.
    const budget = await world.settings(repo).then(
      (settings) => settings.budget,
      () => null,
    );
    if (budget === null || !hasBudget(budget)) continue;
    open ??= await openUses(store);
    const { spending, day } = await budgetFacts({ store, budget, open, now: clock.now() });
    notices.push(...budgetNotices({ budget, spending, day, repo }));
  }
  return notices;
}
