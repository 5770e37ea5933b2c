// The ledger: what an attempt used and cost, one row per model, exactly as its transcript adds up. The agent's own figures
// come first; the price table fills in where the agent reported none. An unknown cost is null, which is not 0.
import { providerOf } from '../route/model-name.ts';
import { capped, type MicroUsd, type Tokens } from '../transcript/transcript.ts';
import { addSum, byModel, type ModelSum, type Tally } from '../transcript/tally.ts';
import { priceOf, type Prices } from './prices.ts';
import { tierOf, type Tiers } from '../route/tier.ts';
import type { Billing } from '../route/account.ts';
import type { Route } from '../task/attempt.ts';

export interface LedgerRow {
  /** `provider/model`. */
  readonly model: string;
  readonly account: string | null;
  readonly billing: Billing;
  readonly tokens: Tokens;
  /** 0 under a subscription. */
  readonly charged: MicroUsd | null;
  /** What the same tokens would have cost on an account that is billed per token. */
  readonly equivalent: MicroUsd | null;
  /** Where the cost comes from: the agent itself or our price table. */
  readonly source: 'agent' | 'prices' | 'none';
  /** The model that the task or the configuration asked for, as `provider/model`, and its tier if it has one. */
  readonly requestedModel: string;
  readonly requestedTier: string | null;
  readonly tier: string | null;
}

export interface LedgerFacts {
  readonly route: Pick<Route, 'model' | 'account' | 'billing'>;
  /** How the run was really billed, if its transcript tells. */
  readonly billing: string | null;
  readonly tally: Tally;
  /** What was asked for: a tier or a model. */
  readonly wanted: string;
  readonly tiers: Tiers;
  readonly prices: Prices;
}

export function ledgerOf(facts: LedgerFacts): readonly LedgerRow[] {
  const { model: asked } = facts.route;
  return byModel(facts.tally)
    .map((sum) => ({ ...sum, model: qualified({ model: sum.model, asked }) }))
    .reduce<readonly ModelSum<string>[]>(addSum, [])
    .filter(({ cost, tokens }) => cost + total(tokens) > 0)
    .map((sum) => rowOf(facts, sum));
}

function rowOf(facts: LedgerFacts, sum: ModelSum<string>): LedgerRow {
  const { route, tiers, wanted } = facts;
  const { model } = sum;
  const billing = billingOf(facts);
  const [tier = null, requestedModel = wanted] = Object.entries(tiers).find(([name]) => name === wanted) ?? [];
  const requestedTier = tier ?? tierOf({ model: wanted, tiers });
  const cost = costOf({ cost: sum.cost, tokens: sum.tokens, model, prices: facts.prices });
  return {
    model,
    account: route.account,
    billing,
    tokens: sum.tokens,
    charged: billing === 'subscription' ? 0 : cost.amount,
    equivalent: cost.amount,
    source: cost.source,
    requestedModel,
    requestedTier,
    tier: tierOf({ model, tiers, prefer: requestedTier }),
  };
}

/** If nobody said how an attempt was billed, it counts as charged: a budget should stop too early rather than never. */
export function billingOf(facts: { readonly billing: string | null; readonly route: Pick<Route, 'billing'> }): Billing {
  return (facts.billing ?? facts.route.billing) === 'subscription' ? 'subscription' : 'token';
}

/** Agents also report 0 when they know no price, so a 0 is looked up in the table like a missing cost. */
export function costOf(given: { readonly cost: MicroUsd; readonly tokens: Tokens; readonly model: string; readonly prices: Prices }): {
  readonly amount: MicroUsd | null;
  readonly source: LedgerRow['source'];
} {
  if (given.cost > 0) return { amount: given.cost, source: 'agent' };
  const amount = priceOf(given);
  return amount === null ? { amount, source: 'none' } : { amount: capped(amount), source: 'prices' };
}

/** Agents that serve only one provider leave the provider out of their model names. */
function qualified({ model, asked }: { readonly model: string | null; readonly asked: string }): string {
  if (model === null || asked.endsWith(`/${model}`)) return asked;
  return model.includes('/') ? model : `${providerOf(asked)}/${model}`;
}

/** The sum of all four kinds of tokens. */
export function total({ input, output, cacheRead, cacheWrite }: Tokens): number {
  return input + output + cacheRead + cacheWrite;
}
