// Laws of the tally that hold for any events.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureKinds } from '../task/failure.ts';
import { addToTally, byModel, spent, tallyOf } from './tally.ts';
import { addTokens, type TranscriptEvent } from './transcript.ts';
import { step, sum } from './tally.samples.ts';

const count = fc.nat(1e9);
const tokens = fc.record({ input: count, output: count, cacheRead: count, cacheWrite: count });
const id = fc.constantFrom(null, 'a', 'b', 'c');
const failure = fc.constantFrom(null, ...failureKinds);
const until = fc.option(count, { nil: null });
const anyEvent: fc.Arbitrary<TranscriptEvent> = fc.oneof(
  fc.record({ type: fc.constant('started' as const), session: id, model: id, version: id, keySource: id, servers: fc.constant([]) }),
  fc.record({ type: fc.constant('said' as const), text: fc.string() }),
  fc.record({ type: fc.constant('tool' as const), id, name: fc.string(), input: fc.string() }),
  fc.record({ type: fc.constant('answer' as const), id, ok: fc.boolean(), denied: fc.boolean(), output: fc.string() }),
  fc.record({ type: fc.constant('step' as const), id, session: id, reason: id, tokens, cost: fc.option(count, { nil: null }) }),
  fc.record(
    { type: fc.constant('child' as const), session: fc.constantFrom('a', 'b'), tokens, cost: count, model: fc.constantFrom('a', 'b') },
    { requiredKeys: ['type', 'session', 'tokens', 'cost'] },
  ),
  fc.record({ type: fc.constant('retry' as const), failure, status: until, message: fc.string(), until }),
  fc.record({
    type: fc.constant('limit' as const),
    state: fc.constantFrom('allowed', 'rejected'),
    window: id,
    resetsAt: until,
    used: fc.constantFrom(null, 0.5),
  }),
  fc.record({ type: fc.constant('error' as const), failure, status: until, message: fc.string(), until }),
  fc.record(
    {
      type: fc.constant('ended' as const),
      ok: fc.boolean(),
      failure,
      message: fc.string(),
      tokens,
      cost: count,
      until,
      models: fc.array(fc.record({ model: fc.constantFrom('a', 'b'), tokens, cost: count }), { maxLength: 3 }),
    },
    { requiredKeys: ['type', 'ok', 'failure', 'message', 'tokens', 'cost', 'until'] },
  ),
  fc.record({ type: fc.constant('noted' as const), text: fc.string() }),
);
const events = fc.array(anyEvent, { maxLength: 40 });

describe('any events', () => {
  it('never make a figure negative or no number', () => {
    fc.assert(
      fc.property(events, (some) => {
        const tally = tallyOf(some);
        for (const one of [spent(tally), ...byModel(tally), ...tally.stepped, ...tally.closed]) {
          for (const figure of [one.cost, ...Object.values(one.tokens)]) expect(Number.isSafeInteger(figure) && figure >= 0).toBe(true);
        }
        expect(tally.steps).toBeLessThanOrEqual(some.filter((event) => event.type === 'step').length);
        expect(tally.retries).toBeLessThanOrEqual(some.filter((event) => event.type === 'retry').length);
      }),
      { numRuns: 300 },
    );
  });

  it('add up the same wherever the reading was interrupted', () => {
    fc.assert(
      fc.property(events, fc.nat(40), (some, at) => {
        expect(some.slice(at).reduce(addToTally, tallyOf(some.slice(0, at)))).toEqual(tallyOf(some));
      }),
    );
  });

  it('are accounted for by model to the last token', () => {
    fc.assert(
      fc.property(events, (some) => {
        const tally = tallyOf(some);
        const models = byModel(tally);
        expect(new Set(models.map(({ model }) => model)).size).toBe(models.length);
        const all = models.reduce((total, one) => ({ cost: total.cost + one.cost, tokens: addTokens(total.tokens, one.tokens) }), sum(0));
        expect(all).toEqual(spent(tally));
      }),
    );
  });

  it('cost what their steps cost, a step told twice once', () => {
    const steps = fc.array(fc.record({ id: fc.constantFrom(null, 'a', 'b'), each: fc.nat(1000) }), { maxLength: 20 });
    fc.assert(
      fc.property(steps, (some) => {
        // The same result, computed differently: the last line of each group of consecutive lines that share an id.
        const last = some.filter((one, index) => one.id === null || some[index + 1]?.id !== one.id);
        const tally = tallyOf(some.map((one) => step(one.id, one.each)));
        expect(tally.steps).toBe(last.length);
        expect(spent(tally)).toEqual(sum(last.reduce((total, one) => total + one.each, 0)));
      }),
    );
  });

  it('leave the tally that they are added to as it was', () => {
    fc.assert(
      fc.property(events, anyEvent, (some, one) => {
        const tally = tallyOf(some);
        const before = structuredClone(tally);
        addToTally(tally, one);
        expect(tally).toEqual(before);
      }),
    );
  });
});
