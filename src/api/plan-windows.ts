// How far the windows of subscriptions are used, as agents last reported it, and what was done in them.
import { hour } from '../core/time.ts';
import { iso } from '../lib/iso.ts';
import type { Window } from '../core/route/account.ts';
import type { LedgerSum, Store } from '../ports/store.ts';
import { noSum, sumView } from './money-view.ts';

export interface WindowWork {
  readonly account: string;
  readonly window: Window;
  /** It has been reset since: what was reported of it is over. */
  readonly over: boolean;
  /** Of closed attempts within it; null where its length is not known. */
  readonly work: LedgerSum | null;
}

/** By the names that Claude Code 2.1.330 reports. */
const lengths: Readonly<Record<string, number>> = { five_hour: 5 * hour, seven_day: 7 * 24 * hour };

export async function windowsOf(given: { readonly store: Store; readonly now: number }): Promise<readonly WindowWork[]> {
  const { store, now } = given;
  const found: WindowWork[] = [];
  const states = await store.conditions('account');
  for (const { account, window } of [...states].flatMap(([name, { windows }]) => windows.map((one) => ({ account: name, window: one })))) {
    const { resetsAt } = window;
    const length = lengths[Object.keys(lengths).find((name) => window.name.startsWith(name)) ?? ''];
    const over = resetsAt !== null && resetsAt <= now;
    if (length === undefined || resetsAt === null) {
      found.push({ account, window, over, work: null });
      continue;
    }
    const sums = await store.ledgerSums({ from: resetsAt - length, to: resetsAt, by: 'account' });
    const work = sums.find(({ name, detail }) => name === account && detail === 'subscription') ?? noSum;
    found.push({ account, window, over, work });
  }
  return found;
}

/** `used` is a share of 1. */
export function windowView({ account, window, over, work }: WindowWork): Record<string, unknown> {
  const { name, used, resetsAt } = window;
  return { account, name, used, resetsAt: iso(resetsAt), over, work: work === null ? null : sumView(work) };
}
