// Budgets: how much of each is used, and what follows from that: nothing, a cheaper tier, or no new attempt. Budgets count
// charged money in micro-dollars. A subscription charges nothing, so only the token cap limits it. No budget ends a running
// worker; each worker's own cost cap does that.
import { fromUsd } from './usd.ts';
import type { Attempt } from '../task/attempt.ts';
import type { BudgetUse } from './budget-use.ts';
import { billingOf, costOf, total } from './ledger.ts';
import type { Prices } from './prices.ts';
import type { Settings } from '../settings.ts';
import type { Instant } from '../time.ts';
import type { MicroUsd } from '../transcript/transcript.ts';

type BudgetSettings = Settings['budget'];

/** Charged money so far: `day` since the day began, everything else over all time. Tasks are listed by key. */
export interface Spending {
  readonly day: MicroUsd;
  readonly accounts: ReadonlyMap<string, MicroUsd>;
  readonly batches: ReadonlyMap<string, MicroUsd>;
  readonly tasks: ReadonlyMap<number, TaskSpending>;
}

export interface TaskSpending {
  readonly repo: string;
  readonly id: string;
  readonly charged: MicroUsd;
  /** All four kinds of tokens, over all attempts. */
  readonly tokens: number;
}

export const noSpending: Spending = { day: 0, accounts: new Map(), batches: new Map(), tasks: new Map() };

/** The decision for one dispatch, and the budget that it comes from. */
export type Budgeted =
  | { readonly level: 'ok'; readonly use: null; readonly until: null }
  | {
      readonly level: 'degrade' | 'stop';
      readonly use: BudgetUse;
      /** When the stop ends by itself; null if only a person can end it. */
      readonly until: Instant | null;
    };

/** Whether any budget is set. If none is, the caller need not read the ledger. */
export function hasBudget(budget: BudgetSettings): boolean {
  const { dailyUsd, perBatchUsd, perTaskUsd, perTaskTokens, perAccountUsd } = budget;
  return [dailyUsd, perBatchUsd, perTaskUsd, perTaskTokens].some((one) => one !== null) || Object.keys(perAccountUsd).length > 0;
}

/** The use of an attempt that is still open, and so is not in the ledger yet. */
export interface OpenUse {
  readonly attempt: Attempt;
  readonly batch: string | null;
}

/** The sum of what closed attempts were charged and what open attempts were charged so far. */
export function addOpen(given: { readonly spending: Spending; readonly open: readonly OpenUse[]; readonly prices: Prices }): Spending {
  let { day } = given.spending;
  const accounts = new Map(given.spending.accounts);
  const batches = new Map(given.spending.batches);
  const tasks = new Map(given.spending.tasks);
  for (const { attempt, batch } of given.open) {
    const { taskKey, repo, taskId: id } = attempt;
    const { account } = attempt.route;
    const charged = chargedSoFar({ attempt, prices: given.prices });
    const before = tasks.get(taskKey) ?? { charged: 0, tokens: 0 };
    day += charged;
    if (account !== null) accounts.set(account, (accounts.get(account) ?? 0) + charged);
    if (batch !== null) batches.set(batch, (batches.get(batch) ?? 0) + charged);
    tasks.set(taskKey, { repo, id, charged: before.charged + charged, tokens: before.tokens + total(attempt.tokens) });
  }
  return { day, accounts, batches, tasks };
}

/** Some agents report their cost only when they end. Until then, the cost is calculated from the price table. */
export function chargedSoFar(given: { readonly attempt: Attempt; readonly prices: Prices }): MicroUsd {
  const { attempt, prices } = given;
  const { billing, route, cost, tokens } = attempt;
  if (billingOf({ billing, route }) === 'subscription') return 0;
  return costOf({ cost, tokens, model: route.model, prices }).amount ?? 0;
}

export interface Candidate {
  readonly budget: BudgetSettings;
  readonly spending: Spending;
  readonly task: { readonly key: number; readonly id: string; readonly batch: string | null };
  /**
   * The account that would be billed, and its billing. Null while none is chosen: then only budgets that hold for every
   * account are checked.
   */
  readonly account: { readonly name: string | null; readonly billing: string | null } | null;
  /** The next local midnight. */
  readonly dayEnds: Instant;
}

/** Whether this task may be dispatched to this account, and whether a cheaper tier has to be used. */
export function budgetFor(given: Candidate): Budgeted {
  const { budget, spending, task, account } = given;
  const { batch } = task;
  const spent = spending.tasks.get(task.key) ?? { charged: 0, tokens: 0 };
  const name = account?.name ?? null;
  const charged =
    account?.billing === 'subscription'
      ? []
      : [
          ...dayUse(given),
          ...(name === null ? [] : accountUse(given, name)),
          ...(batch === null ? [] : batchUse(given, batch)),
          ...useOf({ budget, kind: 'task', name: task.id, spent: spent.charged, limit: micro(budget.perTaskUsd) }),
        ];
  const tokens = useOf({ budget, kind: 'tokens', name: task.id, spent: spent.tokens, limit: budget.perTaskTokens });
  const [use] = [...charged, ...tokens].filter(({ level }) => level !== 'ok').toSorted(byWeight);
  if (use === undefined || use.level === 'ok') return { level: 'ok', use: null, until: null };
  const until = use.level === 'stop' && use.kind === 'day' ? given.dayEnds : null;
  return { level: use.level, use, until };
}

/** More severe budgets come first; of two stops, the one that does not end by itself. */
function byWeight(a: BudgetUse, b: BudgetUse): number {
  const weight = ({ level, kind, share }: BudgetUse): number =>
    (level === 'stop' ? 2e9 : 0) + (kind === 'day' ? 0 : 1e9) + Math.min(share, 1e8);
  return weight(b) - weight(a);
}

interface Held {
  readonly budget: BudgetSettings;
  readonly spending: Spending;
}

/** Every budget and how much of it is used: the day, each account that has a budget, and the batches and tasks at work. */
export function budgetUses(given: Held): readonly BudgetUse[] {
  const { budget, spending } = given;
  return [
    ...dayUse(given),
    ...Object.keys(budget.perAccountUsd).flatMap((name) => accountUse(given, name)),
    ...[...spending.batches.keys()].flatMap((name) => batchUse(given, name)),
    ...[...spending.tasks.values()].flatMap(({ id, charged, tokens }) => [
      ...useOf({ budget, kind: 'task', name: id, spent: charged, limit: micro(budget.perTaskUsd) }),
      ...useOf({ budget, kind: 'tokens', name: id, spent: tokens, limit: budget.perTaskTokens }),
    ]),
  ];
}

function dayUse({ budget, spending }: Held): readonly BudgetUse[] {
  return useOf({ budget, kind: 'day', name: null, spent: spending.day, limit: micro(budget.dailyUsd) });
}

function accountUse({ budget, spending }: Held, name: string): readonly BudgetUse[] {
  const limit = Object.hasOwn(budget.perAccountUsd, name) ? budget.perAccountUsd[name] : undefined;
  return useOf({ budget, kind: 'account', name, spent: spending.accounts.get(name) ?? 0, limit: micro(limit ?? null) });
}

function batchUse({ budget, spending }: Held, name: string): readonly BudgetUse[] {
  return useOf({ budget, kind: 'batch', name, spent: spending.batches.get(name) ?? 0, limit: micro(budget.perBatchUsd) });
}

/** Empty if there is no such budget. */
function useOf(given: {
  readonly budget: BudgetSettings;
  readonly kind: BudgetUse['kind'];
  readonly name: string | null;
  readonly spent: number;
  readonly limit: number | null;
}): readonly BudgetUse[] {
  const { budget, kind, name, spent, limit } = given;
  if (limit === null) return [];
  const share = spent / limit;
  const level = share >= budget.stopAt ? 'stop' : share >= budget.degradeAt ? 'degrade' : 'ok';
  return [{ kind, name, spent, limit, share, level }];
}

function micro(usd: number | null): MicroUsd | null {
  return usd === null ? null : Math.max(1, fromUsd(usd));
}
