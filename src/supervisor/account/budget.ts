// What budgets are held against, read from the store, and what is to be told of them.
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
  /** The local date, and when it ends. */
  readonly day: string;
  readonly dayEnds: number;
}

/** One query, once per pulse and repository with a budget; `open`: the attempts that are not in the ledger yet. */
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
export async function openUses(store: Pick<Store, 'openAttempts' | 'tasksNamed'>): Promise<readonly OpenUse[]> {
  const attempts = await store.openAttempts();
  const batches = new Map((await store.tasksNamed(attempts.map(({ taskKey }) => taskKey))).map(({ key, batch }) => [key, batch]));
  return attempts.map((attempt) => ({ attempt, batch: batches.get(attempt.taskKey) ?? null }));
}

/** Every threshold that is passed now, told before or not, of all repositories in scope. */
export async function budgetAlerts(world: Pick<World, 'store' | 'scope' | 'settings' | 'clock'>): Promise<readonly Notice[]> {
  const { store, scope, clock } = world;
  const notices: Notice[] = [];
  let open: readonly OpenUse[] | null = null;
  for (const repo of scope.repo === null ? await store.repos() : [scope.repo]) {
    // A configuration that cannot be read is told where its tasks are dispatched.
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
