// `budget report`: shows what was spent since a time, as sums or row by row.
import { Fault } from '../../core/fault.ts';
import { csv } from '../../lib/csv.ts';
import { iso } from '../../lib/iso.ts';
import { parseSince } from '../../lib/since.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { table } from '../../lib/table.ts';
import type { LedgerSum } from '../../ports/store.ts';
import { openStore } from '../compose.ts';
import { printJson, type CliContext } from '../context.ts';
import { ledgerRows, reportView, spendingReport } from '../../api/spending-report.ts';
import { amounts, summaryTable } from '../money-table.ts';

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
    throw new Fault({ code: 'usage', message: '--csv and --json exclude each other', hint: 'give only one of them' });
  const now = systemClock.now();
  const from = sinceOf(flags.since ?? '30d', now);
  const period = { from, to: now + 1 };
  const store = await openStore(this);
  try {
    if (flags.csv === true) {
      const rows = await ledgerRows(store, period);
      this.out.write(csv([columns, ...rows.map((row) => columns.map((column) => row[column] ?? null))]));
      return;
    }
    const found = await spendingReport(store, period);
    if (flags.json === true) return printJson(this, { ...reportView(found, now), rows: await ledgerRows(store, period) });
    const { all, summary, drift } = found;
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
    throw new Fault({
      code: 'usage',
      message: `"${text}" is not a time`,
      hint: 'write it like 24h, 7d, 2w, 2026-11-01 or 2026-11-01T09:00Z',
    });
  if (from > now) throw new Fault({ code: 'usage', message: `"${text}" is in the future`, hint: 'give a time in the past' });
  return from;
}
