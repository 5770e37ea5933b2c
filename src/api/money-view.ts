// Money in the shapes that scripts rely on (`budget … --json`): dollars as numbers, times in ISO 8601 UTC, null if unknown.
// Keys may be added but never changed.
import { providerOf } from '../core/route/model-name.ts';
import { toUsd } from '../core/money/usd.ts';
import type { BudgetUse } from '../core/money/budget-use.ts';
import { noTokens } from '../core/transcript/transcript.ts';
import { iso } from '../lib/iso.ts';
import type { LedgerEntry, LedgerGroup, LedgerSum, Period, Store } from '../ports/store.ts';

export const noSum: LedgerSum = { name: null, detail: null, attempts: 0, tokens: noTokens, charged: 0, equivalent: 0, unknown: 0 };

/** The groups of a summary, each with the JSON name of its `detail`. */
export const summarized = { account: 'billing', model: null, batch: null, task: 'repo' } as const satisfies Partial<
  Record<LedgerGroup, string | null>
>;

export type Summary = Readonly<Record<keyof typeof summarized, readonly LedgerSum[]>>;

export async function summaryOf(store: Pick<Store, 'ledgerSums'>, period: Period): Promise<Summary> {
  const [account, model, batch, task] = await Promise.all(
    (['account', 'model', 'batch', 'task'] as const).map((by) => store.ledgerSums({ ...period, by })),
  );
  return { account: account ?? [], model: model ?? [], batch: batch ?? [], task: task ?? [] };
}

/** `unknownCosts`: the number of ledger rows whose cost is unknown; the amounts do not include them. */
export function sumView({ attempts, tokens, charged, equivalent, unknown }: LedgerSum): Record<string, unknown> {
  return { attempts, tokens, costUsd: toUsd(charged), equivalentCostUsd: toUsd(equivalent), unknownCosts: unknown };
}

export function summaryView(summary: Summary): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(summarized).map(([group, detail]) => [
      group,
      summary[group as keyof Summary].map((sum) => ({
        name: sum.name,
        ...(detail === null ? {} : { [detail]: sum.detail }),
        ...sumView(sum),
      })),
    ]),
  );
}

/** An amount of a budget: in tokens for the cap of tokens, in dollars for all others. */
export function inUnit({ kind, amount }: { readonly kind: BudgetUse['kind']; readonly amount: number }): number {
  return kind === 'tokens' ? amount : toUsd(amount);
}

export function useView({ kind, name, spent, limit, share, level }: BudgetUse): Record<string, unknown> {
  return { budget: kind, name, spent: inUnit({ kind, amount: spent }), limit: inUnit({ kind, amount: limit }), share, level };
}

export function entryView(entry: LedgerEntry): Readonly<Record<string, string | number | null>> {
  return {
    at: iso(entry.at),
    repo: entry.repo,
    task: entry.taskId,
    batch: entry.batch,
    attempt: entry.number,
    agent: entry.agent,
    provider: entry.model.includes('/') ? providerOf(entry.model) : null,
    model: entry.model,
    account: entry.account,
    billing: entry.billing,
    ...entry.tokens,
    costUsd: usd(entry.charged),
    equivalentCostUsd: usd(entry.equivalent),
    source: entry.source,
    requestedModel: entry.requestedModel,
    requestedTier: entry.requestedTier,
    tier: entry.tier,
  };
}

function usd(amount: number | null): number | null {
  return amount === null ? null : toUsd(amount);
}
