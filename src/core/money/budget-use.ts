// How much of a budget is used, and the sentence that says so.
import { toUsd } from './usd.ts';
import type { MicroUsd } from '../transcript/transcript.ts';

type BudgetKind = 'day' | 'account' | 'batch' | 'task' | 'tokens';
export type BudgetLevel = 'ok' | 'degrade' | 'stop';

/** A budget and how much of it is used: in micro-dollars, or in tokens for `tokens`. */
export interface BudgetUse {
  readonly kind: BudgetKind;
  /** The account, batch or task; null for the day. */
  readonly name: string | null;
  readonly spent: number;
  readonly limit: number;
  readonly share: number;
  readonly level: BudgetLevel;
}

/** For example: `the budget of the day: $4.80 of $5.00 is spent (96 %)`. */
export function describeUse({ kind, name, spent, limit, share }: BudgetUse): string {
  const what = kind === 'day' ? 'the budget of the day' : kind === 'tokens' ? `the token cap of ${name}` : `the budget of ${kind} ${name}`;
  const percent = `(${Math.floor(share * 100)} %)`;
  if (kind === 'tokens') return `${what}: ${spent} of ${limit} tokens are used ${percent}`;
  return `${what}: ${dollars(spent)} of ${dollars(limit)} is spent ${percent}`;
}

function dollars(amount: MicroUsd): string {
  return amount === 0 ? '$0' : `$${toUsd(amount).toFixed(amount < 1e4 ? 4 : 2)}`;
}
