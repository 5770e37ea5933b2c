// The ledger: what an attempt took, one row per model, exactly as its transcript adds up. The agent's own figures come
// first; the price table stands in where it told none. A cost that nobody knows is null, which is not 0.
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
  /** What it would have cost by tokens. */
  readonly equivalent: MicroUsd | null;
  /** Whose figure the cost is. */
  readonly source: 'agent' | 'prices' | 'none';
  /** What the task or the configuration asked for, `provider/model`; its tier where it has one. */
  readonly requestedModel: string;
  readonly requestedTier: string | null;
  readonly tier: string | null;
}

export interface LedgerFacts {
  readonly route: Pick<Route, 'model' | 'account' | 'billing'>;
  /** What the run was really billed to, as far as its transcript tells. */
  readonly billing: string | null;
  readonly tally: Tally;
  /** A tier or a model: what was asked for. */
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

/** What nobody told is taken to be charged: a budget must rather stop too early than not at all. */
export function billingOf(facts: { readonly billing: string | null; readonly route: Pick<Route, 'billing'> }): Billing {
  return (facts.billing ?? facts.route.billing) === 'subscription' ? 'subscription' : 'token';
}

/** An agent tells 0 also where it knows no price, so a 0 is looked up like a cost that was not told. */
export function costOf(given: { readonly cost: MicroUsd; readonly tokens: Tokens; readonly model: string; readonly prices: Prices }): {
  readonly amount: MicroUsd | null;
  readonly source: LedgerRow['source'];
} {
  if (given.cost > 0) return { amount: given.cost, source: 'agent' };
  const amount = priceOf(given);
  return amount === null ? { amount, source: 'none' } : { amount: capped(amount), source: 'prices' };
}

/** Agents that serve one provider name their models without it. */
function qualified({ model, asked }: { readonly model: string | null; readonly asked: string }): string {
  if (model === null || asked.endsWith(`/${model}`)) return asked;
  return model.includes('/') ? model : `${providerOf(asked)}/${model}`;
}

/** All four kinds. */
export function total({ input, output, cacheRead, cacheWrite }: Tokens): number {
  return input + output + cacheRead + cacheWrite;
}
