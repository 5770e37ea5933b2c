// What was spent in a period: as sums, and row by row.
import type { Instant } from '../core/time.ts';
import { iso } from '../lib/iso.ts';
import type { LedgerSum, Period, Store } from '../ports/store.ts';
import { entryView, noSum, summaryOf, summaryView, sumView, type Summary } from './money-view.ts';

export interface SpendingReport {
  readonly period: Period;
  readonly all: LedgerSum;
  readonly summary: Summary;
  /** Attempts that used another tier than the one asked for: `name` was asked for, `detail` was used. */
  readonly drift: readonly LedgerSum[];
}

export async function spendingReport(store: Store, period: Period): Promise<SpendingReport> {
  const [all = noSum] = await store.ledgerSums({ ...period, by: 'all' });
  const summary = await summaryOf(store, period);
  const drift = (await store.ledgerSums({ ...period, by: 'tier' })).filter(({ name, detail }) => name !== detail);
  return { period, all, summary, drift };
}

/** One entry for each row of the ledger. */
export async function ledgerRows(store: Store, period: Period): Promise<readonly Readonly<Record<string, string | number | null>>[]> {
  return (await store.ledger(period)).map(entryView);
}

export function reportView(report: SpendingReport, until: Instant): Record<string, unknown> {
  const { period, all, summary, drift } = report;
  return {
    since: iso(period.from),
    until: iso(until),
    ...sumView(all),
    by: summaryView(summary),
    drift: drift.map((sum) => ({ requested: sum.name, actual: sum.detail, ...sumView(sum) })),
  };
}
