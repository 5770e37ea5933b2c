// Formats money as aligned text.
import { toUsd } from '../core/money/usd.ts';
import type { Summary } from '../api/money-view.ts';
import type { WindowWork } from '../api/plan-windows.ts';
import { total } from '../core/money/ledger.ts';
import { iso } from '../lib/iso.ts';
import { dollars } from '../lib/table.ts';
import type { LedgerSum } from '../ports/store.ts';

export function summaryTable(summary: Summary): readonly (readonly string[])[] {
  return Object.entries(summary).flatMap(([group, sums]) => {
    if (sums.length === 0) return [];
    const head = [group.toUpperCase(), 'CHARGED', 'BY TOKENS', 'TOKENS', 'ATTEMPTS'];
    return [head, ...sums.map((sum) => [sum.name ?? nameless(group), ...amounts(sum)])];
  });
}

function nameless(group: string): string {
  return group === 'account' ? '(own sign-in)' : '(none)';
}

export function amounts(sum: LedgerSum): string[] {
  const open = sum.unknown === 0 ? '' : '+?';
  return [
    `${dollars(toUsd(sum.charged))}${open}`,
    `${dollars(toUsd(sum.equivalent))}${open}`,
    String(total(sum.tokens)),
    String(sum.attempts),
  ];
}

export function windowTable(windows: readonly WindowWork[]): readonly (readonly string[])[] {
  const rows = windows.map(({ account, window, over, work }) => [
    `${account} ${window.name}`,
    over ? 'reset since' : `${Math.round(window.used * 100)} %`,
    iso(window.resetsAt) ?? 'unknown',
    work === null ? '' : `${work.attempts} attempts, $${toUsd(work.equivalent).toFixed(2)} by tokens`,
  ]);
  return [['WINDOW', 'USED', 'RESETS', 'WORK IN IT'], ...rows];
}
