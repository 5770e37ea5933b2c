// How far the windows of subscriptions are used, as agents last reported it, and the work done within them.
import { iso } from '../lib/iso.ts';
import type { Window } from '../core/route/account.ts';
import type { Agent } from '../ports/agent.ts';
import type { LedgerSum, Store } from '../ports/store.ts';
import { noSum, sumView } from './money-view.ts';

export interface WindowWork {
  readonly account: string;
  readonly window: Window;
  /** The window has been reset since, so the reported use is outdated. */
  readonly over: boolean;
  /** The work of closed attempts within it; null if its length is unknown. */
  readonly work: LedgerSum | null;
}

export async function windowsOf(given: {
  readonly store: Store;
  /** Called only if a window was reported. */
  readonly agents: () => Promise<ReadonlyMap<string, Agent>>;
  readonly now: number;
}): Promise<readonly WindowWork[]> {
  const { store, agents, now } = given;
  const states = await store.conditions('account');
  const reported = [...states].flatMap(([account, { windows }]) => windows.map((window) => ({ account, window })));
  if (reported.length === 0) return [];
  const lengths = [...(await agents()).values()].flatMap(({ plans }) => Object.entries(plans?.windows ?? {}));
  const found: WindowWork[] = [];
  for (const { account, window } of reported) {
    const { resetsAt } = window;
    const length = lengths.find(([name]) => window.name.startsWith(name))?.[1];
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

/** `used` is a fraction of 1. */
export function windowView({ account, window, over, work }: WindowWork): Record<string, unknown> {
  const { name, used, resetsAt } = window;
  return { account, name, used, resetsAt: iso(resetsAt), over, work: work === null ? null : sumView(work) };
}
