// How much of a budget is used, and how that is said.
import { toUsd } from './usd.ts';
import type { MicroUsd } from '../transcript/transcript.ts';

type BudgetKind = 'day' | 'account' | 'batch' | 'task' | 'tokens';
export type BudgetLevel = 'ok' | 'degrade' | 'stop';

/** One budget with what is used of it: micro-dollars, of `tokens` tokens. */
export interface BudgetUse {
  readonly kind: BudgetKind;
  /** The account, batch or task; null for the day. */
  readonly name: string | null;
  readonly spent: number;
  readonly limit: number;
  readonly share: number;
  readonly level: BudgetLevel;
}

/** `the budget of the day: $4.80 of $5.00 is spent (96 %)`. */
export function describeUse({ kind, name, spent, limit, share }: BudgetUse): string {
  const what = kind === 'day' ? 'the budget of the day' : kind === 'tokens' ? `the token cap of ${name}` : `the budget of ${kind} ${name}`;
  const percent = `(${Math.floor(share * 100)} %)`;
  if (kind === 'tokens') return `${what}: ${spent} of ${limit} tokens are used ${percent}`;
  return `${what}: ${dollars(spent)} of ${dollars(limit)} is spent ${percent}`;
}

function dollars(amount: MicroUsd): string {
  return amount === 0 ? '$0' : `$${toUsd(amount).toFixed(amount < 1e4 ? 4 : 2)}`;
}
