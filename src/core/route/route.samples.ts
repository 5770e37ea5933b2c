// Agents, accounts and uses for the tests of the route.
import type { Account, Use } from './account.ts';
import type { Budgeted } from '../money/budget.ts';
import type { BudgetUse } from '../money/budget-use.ts';
import { routeTexts } from '../reason/words.ts';
import { decideRoute, type Chosen, type Refusal, type RouteFacts, type Trial } from './route.ts';
import { sampleAgentFacts, sampleCondition, samplePlace } from '../core.samples.ts';

export type Agent = RouteFacts['agents'][number];
export type Known = RouteFacts['accounts'][number];

export const agent = (name: string, more: Partial<Agent> = {}): Agent => ({
  ...sampleAgentFacts,
  name,
  installed: true,
  awaited: null,
  ...more,
});
export const wide = agent('wide', { rank: 1 });
export const narrow = agent('narrow', { rank: 2, providers: ['acme'], subscriptions: ['acme'] });
export const tiers = { best: 'acme/big', quick: 'other/small' };

export const first: Use = { use: 'first' };
export const last: Use = { use: 'last', why: sampleCondition('nearly used up') };
export const not = (until: number | null): Use => ({ use: 'not', not: { code: 'cooling-down', why: sampleCondition('it rests'), until } });
export const unproved = (until: number | null): Use => ({
  use: 'not',
  not: { code: 'unproved', why: sampleCondition('not tried yet'), until },
});

export const account = (name: string, use: Use, more: Partial<Account> = {}): Known => ({
  name,
  provider: 'acme',
  billing: 'token',
  secret: { kind: 'env', names: ['KEY'] },
  agents: null,
  shared: false,
  use: () => use,
  ...more,
});
export const spent: BudgetUse = { kind: 'day', name: null, spent: 4.8e6, limit: 5e6, share: 0.96, level: 'stop' };
export const free: Budgeted = { level: 'ok', use: null, until: null };

export const key = account('key', first);
export const plan = account('plan', first, { billing: 'subscription' });
export const foreign = account('foreign', first, { provider: 'other' });

const decided = (more: Partial<RouteFacts>): Chosen | Refusal | Trial =>
  decideRoute({
    forced: [],
    models: [{ model: 'best', by: 'models.default' }],
    tiers,
    agents: [narrow, wide],
    accounts: [key, plan, foreign],
    preferSubscription: true,
    avoid: [],
    held: () => null,
    budget: () => free,
    cheaper: null,
    chain: [],
    rests: () => null,
    places: { use: ['local'], known: [samplePlace], full: () => false },
    ...more,
  });

/** The decision with its reasons as text. */
export function routed(
  more: Partial<RouteFacts> = {},
): Omit<Chosen | Refusal | Trial, 'reasons'> & { readonly reasons: readonly string[] } {
  const decision = decided(more);
  return { ...decision, reasons: routeTexts(decision.reasons) };
}
