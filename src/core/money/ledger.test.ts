import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { costOf, ledgerOf, total, type LedgerFacts } from './ledger.ts';
import { priceOf, prices, undated, type Prices } from './prices.ts';
import { sampleEnded, sampleStep } from '../core.samples.ts';
import { emptyTally, spent, tallyOf } from '../transcript/tally.ts';
import { addTokens, noTokens, type TranscriptEvent } from '../transcript/transcript.ts';

const tiers = { big: 'acme/large', coding: 'acme/large', small: 'acme/mini-20260101' };
const table: Prices = { 'acme/large': [4e6, 20e6, 200_000, 5e6], 'acme/mini': [1e6, 5e6, 0, 0] };
const tokens = { input: 1000, output: 100, cacheRead: 10, cacheWrite: 1 };
const started = (model: string): TranscriptEvent => ({
  type: 'started',
  session: 's',
  model,
  version: null,
  keySource: null,
  servers: [],
});

function ledger(events: readonly TranscriptEvent[], more: Partial<LedgerFacts> = {}) {
  const route = { model: 'acme/large', account: 'first', billing: 'token' };
  return ledgerOf({ route, billing: null, tally: tallyOf(events), wanted: 'coding', tiers, prices: table, ...more });
}

describe('the ledger of an attempt', () => {
  it('is empty where nothing was spent', () => {
    expect(ledger([])).toEqual([]);
    expect(ledger([sampleStep({ tokens: noTokens, cost: 0 })])).toEqual([]);
  });

  it('has the agent’s own figure first, and all that was asked for beside what was used', () => {
    expect(ledger([sampleStep({ tokens, cost: 7000 })])).toEqual([
      {
        model: 'acme/large',
        account: 'first',
        billing: 'token',
        tokens,
        charged: 7000,
        equivalent: 7000,
        source: 'agent',
        requestedModel: 'acme/large',
        requestedTier: 'coding',
        tier: 'coding',
      },
    ]);
  });

  it('takes the price table where the agent told no cost', () => {
    const [row] = ledger([started('large'), sampleStep({ tokens, cost: null })]);
    // 1000 × 4 + 100 × 20 + 10 × 0.2 + 1 × 5
    expect(row).toMatchObject({ model: 'acme/large', charged: 6007, equivalent: 6007, source: 'prices' });
  });

  it('leaves a cost unknown that nobody knows', () => {
    const [row] = ledger([sampleStep({ tokens, cost: 0 })], { prices: {} });
    expect(row).toMatchObject({ charged: null, equivalent: null, source: 'none' });
  });

  it.each([
    ['as the transcript tells', 'subscription', 'token', 0],
    ['as planned', null, 'subscription', 0],
    ['what was told outweighs the plan', 'token', 'subscription', 7000],
    ['nobody knows, so it is charged', null, null, 7000],
  ])('charges nothing under a subscription: %s', (_, billing, planned, charged) => {
    const route = { model: 'acme/large', account: null, billing: planned };
    expect(ledger([sampleStep({ tokens, cost: 7000 })], { route, billing })).toMatchObject([{ charged, equivalent: 7000, account: null }]);
  });

  it('has a row for each model, however its agent names it', () => {
    const use = (model: string, cost: number) => ({ model, tokens, cost });
    const models = [use('large', 1), use('acme/large', 2), use('mini-20260101', 4), use('other/mini', 8)];
    const rows = ledger([sampleEnded({ cost: 15, tokens, models })], { wanted: 'acme/mini' });
    expect(rows.map(({ model, charged, tier }) => [model, charged, tier])).toEqual([
      ['acme/large', 3, 'big'],
      ['acme/mini-20260101', 4, 'small'],
      ['other/mini', 8, null],
    ]);
    expect(rows[0]).toMatchObject({ requestedModel: 'acme/mini', requestedTier: 'small' });
  });

  it('keeps a model without a provider as it is', () => {
    const route = { model: 'large', account: null, billing: null };
    expect(ledger([sampleStep({ tokens })], { route, wanted: 'unheard of' })).toMatchObject([
      { model: 'large', requestedModel: 'unheard of', requestedTier: null, tier: null },
    ]);
  });

  it('equals what the attempt spent, to the token and to the millionth of a dollar', () => {
    const count = fc.nat(1e9);
    const some = fc.record({ input: count, output: count, cacheRead: count, cacheWrite: count });
    const model = fc.constantFrom('large', 'acme/large', 'mini', 'other/mini');
    const event = fc.oneof(
      model.map(started),
      some.map((used) => sampleStep({ tokens: used, cost: total(used) })),
      fc.record({ type: fc.constant('child' as const), session: model, model, tokens: some, cost: count }),
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const rows = ledger(events);
        const sum = rows.reduce((so, row) => addTokens(so, row.tokens), noTokens);
        const { cost, tokens: all } = spent(tallyOf(events));
        expect(sum).toEqual(all);
        const told = rows.reduce((so, { source, charged }) => so + (source === 'agent' ? (charged ?? 0) : 0), 0);
        expect(told).toBe(cost);
        expect(new Set(rows.map((row) => row.model)).size).toBe(rows.length);
      }),
    );
    expect(
      ledgerOf({ route: { model: 'a/b', account: null, billing: null }, billing: null, tally: emptyTally, wanted: '', tiers, prices }),
    ).toEqual([]);
  });
});

test('prices are whole micro-dollars for a million tokens of a model that is named without a date', () => {
  for (const [model, price] of Object.entries(prices)) {
    expect(model).toMatch(/^[a-z]+\/[\w.-]+$/);
    expect(undated(model)).toBe(model);
    expect(price.every((each) => Number.isSafeInteger(each) && each >= 0)).toBe(true);
  }
  // As Claude Code 2.1.330 charges it.
  const input = { ...noTokens, input: 1000, output: 100 };
  expect(priceOf({ prices, model: 'anthropic/claude-opus-5-5', tokens: input })).toBe(6000);
  expect(priceOf({ prices, model: 'anthropic/claude-haiku-4-5-20251001', tokens: { ...noTokens, cacheWrite: 100_000 } })).toBe(125_000);
  expect(priceOf({ prices, model: 'toString', tokens: input })).toBeNull();
});

test('a price beyond exact integers is capped', () => {
  const vast = { ...noTokens, input: 1e12 };
  expect(costOf({ cost: 0, tokens: vast, model: 'acme/large', prices: table }).amount).toBe(1e12);
});
