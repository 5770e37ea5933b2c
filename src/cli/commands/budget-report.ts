// `budget report`: what was spent since a time, as sums, or row by row.
import { Fault } from '../../core/fault.ts';
import { csv } from '../../lib/csv.ts';
import { iso } from '../../lib/iso.ts';
import { parseSince } from '../../lib/since.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { table } from '../../lib/table.ts';
import type { LedgerSum } from '../../ports/store.ts';
import { openStore } from '../compose.ts';
import { printJson, type CliContext } from '../context.ts';
import { amounts, entryView, noSum, summaryOf, summaryTable, summaryView, sumView } from '../money-view.ts';

const columns = [
  ...['at', 'repo', 'task', 'batch', 'attempt', 'agent', 'provider', 'model', 'account', 'billing'],
  ...['input', 'output', 'cacheRead', 'cacheWrite', 'costUsd', 'equivalentCostUsd', 'source'],
  ...['requestedModel', 'requestedTier', 'tier'],
];

export interface ReportFlags {
  json?: boolean;
  csv?: boolean;
  since?: string;
}

export async function report(this: CliContext, flags: ReportFlags): Promise<void> {
  if (flags.csv === true && flags.json === true)
    throw new Fault({ code: 'usage', message: 'a report has one form', hint: 'give --csv or --json' });
  const now = systemClock.now();
  const from = sinceOf(flags.since ?? '30d', now);
  const period = { from, to: now + 1 };
  const store = await openStore(this);
  try {
    if (flags.csv === true) {
      const rows = (await store.ledger(period)).map(entryView);
      this.out.write(csv([columns, ...rows.map((row) => columns.map((column) => row[column] ?? null))]));
      return;
    }
    const [all = noSum] = await store.ledgerSums({ ...period, by: 'all' });
    const summary = await summaryOf(store, period);
    const drift = (await store.ledgerSums({ ...period, by: 'tier' })).filter(({ name, detail }) => name !== detail);
    if (flags.json === true)
      return printJson(this, {
        since: iso(from),
        until: iso(now),
        ...sumView(all),
        by: summaryView(summary),
        drift: drift.map((sum) => ({ requested: sum.name, actual: sum.detail, ...sumView(sum) })),
        rows: (await store.ledger(period)).map(entryView),
      });
    const head = ['', 'CHARGED', 'BY TOKENS', 'TOKENS', 'ATTEMPTS'];
    this.out.write(`since ${iso(from)}\n\n${table([head, ['all', ...amounts(all)]])}\n${table(summaryTable(summary))}`);
    if (drift.length > 0) this.out.write(`\n${table([['ASKED FOR → USED', ...head.slice(1)], ...drift.map(driftRow)])}`);
  } finally {
    await store.end();
  }
}

function driftRow(sum: LedgerSum): string[] {
  return [`${sum.name} → ${sum.detail}`, ...amounts(sum)];
}

function sinceOf(text: string, now: number): number {
  const from = parseSince(text, now);
  if (from === null)
    throw new Fault({ code: 'usage', message: `"${text}" is no time`, hint: 'such as 24h, 7d, 2w, 2026-11-01 or 2026-11-01T09:00Z' });
  if (from > now) throw new Fault({ code: 'usage', message: `"${text}" is yet to come`, hint: 'a report is about what was spent' });
  return from;
}
