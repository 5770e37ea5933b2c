import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureKinds } from '../task/failure.ts';
import { sampleEnded, sampleRetry, sampleStep, sampleTokens } from '../core.samples.ts';
import { addNews, addToTally, byModel, emptyTally, signOf, spent, tallyOf, type Sum } from './tally.ts';
import { addTokens, noTokens, type TranscriptEvent } from './transcript.ts';

const sum = (each: number): Sum => ({ cost: each, tokens: sampleTokens(each) });
const step = (id: string | null, each: number): TranscriptEvent => sampleStep({ id, ...sum(each) });
const child = (session: string, each: number): TranscriptEvent => ({ type: 'child', session, ...sum(each) });
const started = (session: string | null, model: string | null = null, keySource: string | null = null): TranscriptEvent => ({
  type: 'started',
  session,
  model,
  version: null,
  keySource,
  servers: [],
});
const tool = (id: string | null, name: string): TranscriptEvent => ({ type: 'tool', id, name, input: '' });
const answer = (id: string | null, denied: boolean): TranscriptEvent => ({ type: 'answer', id, ok: !denied, denied, output: '' });

describe('a tally', () => {
  it('of nothing is empty', () => {
    expect(tallyOf([])).toEqual(emptyTally);
    expect(spent(emptyTally)).toEqual({ cost: 0, tokens: noTokens });
  });

  it('forgives an overflow that the agent mended, and counts how often it did so for nothing', () => {
    const overflow: TranscriptEvent = { type: 'error', failure: 'context', status: null, message: 'too long', until: null };
    const other: TranscriptEvent = { ...overflow, failure: 'backend' };
    const compacted = (session: string | null): TranscriptEvent => ({ type: 'compacted', session });
    const after = (...events: TranscriptEvent[]): unknown[] => {
      const { lastError, mendedAt, compactions } = tallyOf([started('s'), step(null, 1), ...events]);
      return [lastError?.failure ?? null, mendedAt, compactions];
    };
    expect(after(overflow)).toEqual(['context', null, 0]);
    expect(after(overflow, compacted('s'))).toEqual([null, 1, 1]);
    expect(after(overflow, compacted(null), compacted('s'))).toEqual([null, 1, 2]);
    expect(after(overflow, compacted('s'), overflow)).toEqual(['context', 1, 1]);
    expect(after(overflow, compacted('s'), tool('1', 'bash'), compacted('s'))).toEqual([null, 1, 1]);
    // A subagent's is its own affair, and no summary mends another error.
    expect(after(overflow, compacted('child'))).toEqual(['context', null, 0]);
    expect(after(other, compacted('s'))).toEqual(['backend', null, 1]);
    expect(tallyOf([overflow, compacted('s')]).mendedAt).toBe(0);
  });

  it('passes over what is no event', () => {
    expect(addToTally(emptyTally, { type: 'noted', text: 'x' })).toBe(emptyTally);
  });

  it('knows session, model and key as last told', () => {
    expect(tallyOf([started('s1', 'm1', 'KEY'), started(null)])).toMatchObject({ session: 's1', model: 'm1', keySource: 'KEY' });
    expect(tallyOf([started('s1', 'm1', 'KEY'), started('s2', 'm2', 'none')])).toMatchObject({
      session: 's2',
      model: 'm2',
      keySource: 'none',
    });
  });

  it('is the same where an agent only opens another step, and another where that ends a row of retries', () => {
    const tally = tallyOf([started('s1', 'm1', 'KEY')]);
    expect(addToTally(tally, started('s1', 'm1'))).toBe(tally);
    expect(addToTally(tally, started(null))).toBe(tally);
    expect(addToTally(addToTally(tally, sampleRetry({})), started('s1')).retries).toBe(0);
  });

  it('is that of all events, of which those that tell nothing new are not kept', () => {
    const again = [started('s1'), step('a', 1), started('s1'), { type: 'noted', text: 'x' } as const, started('s2')];
    const { tally, news } = addNews(emptyTally, again);
    expect(tally).toEqual(tallyOf(again));
    expect(news).toEqual(again.filter((_, index) => index !== 2));
    expect(tallyOf(news)).toEqual(tally);
  });

  it('takes the session of a step where none was told', () => {
    expect(tallyOf([sampleStep({ session: 's7' })]).session).toBe('s7');
    expect(tallyOf([started('s1'), sampleStep({ session: 's7' })]).session).toBe('s1');
    expect(tallyOf([sampleStep({ session: null })]).session).toBeNull();
  });

  it('takes the session of a retry where nothing else told one yet', () => {
    expect(tallyOf([sampleRetry({ session: 's7' })]).session).toBe('s7');
    expect(tallyOf([started('s1'), sampleRetry({ session: 's7' })]).session).toBe('s1');
    expect(tallyOf([sampleRetry({ session: 's7' }), sampleRetry()]).session).toBe('s7');
    expect(tallyOf([sampleRetry()]).session).toBeNull();
  });

  it('keeps the last words, the last error and the last retry', () => {
    const error = { type: 'error', failure: null, status: 500, message: 'e', until: null } as const;
    const events: TranscriptEvent[] = [
      { type: 'said', text: 'one' },
      { ...error, message: 'first' },
      sampleRetry({ message: 'first' }),
      { type: 'said', text: 'two' },
      error,
      sampleRetry(),
    ];
    expect(tallyOf(events)).toMatchObject({ lastWords: 'two', lastError: error, lastRetry: sampleRetry(), retries: 1 });
  });

  it.each<[string, TranscriptEvent, string]>([
    ['what it said, on one line', { type: 'said', text: ' I am\nstill  testing ' }, 'its last words: "I am still testing"'],
    ['what it said, cut', { type: 'said', text: 'x'.repeat(400) }, `its last words: "${'x'.repeat(159)}…"`],
    ['what it called', { type: 'tool', id: null, name: 'Bash', input: '{"command":"ls"}' }, 'its last call: Bash ls'],
    ['what it reported', { type: 'error', failure: null, status: null, message: 'no\nroute', until: null }, 'its last error: no route'],
  ])('keeps the last sign of it: %s', (_, event, expected) => {
    expect(signOf(tallyOf([{ type: 'said', text: 'before' }, event, sampleStep(), sampleRetry()]))).toBe(expected);
  });

  it('has no sign of it before the first', () => {
    expect(signOf(tallyOf([sampleStep()]))).toBe(null);
  });

  it('counts retries of one request: an answer ends them', () => {
    expect(tallyOf([sampleRetry(), sampleRetry(), step(null, 1)])).toMatchObject({ retries: 0, lastRetry: sampleRetry() });
    expect(tallyOf([sampleRetry(), step(null, 1), sampleRetry()]).retries).toBe(1);
  });

  it('counts retries of one request: what a subagent spent is an answer too', () => {
    expect(tallyOf([sampleRetry(), sampleRetry(), child('c1', 1)])).toMatchObject({ retries: 0, lastRetry: sampleRetry() });
    expect(tallyOf([sampleRetry(), child('c1', 1), sampleRetry()]).retries).toBe(1);
  });

  it('goes on to count retries over all that is no answer', () => {
    const error = { type: 'error', failure: null, status: 500, message: 'e', until: null } as const;
    const between: TranscriptEvent[] = [answer('1', true), error, { type: 'noted', text: 'x' }];
    expect(tallyOf([sampleRetry(), ...between, sampleRetry()]).retries).toBe(2);
  });

  it('counts retries anew after words, a call, or a start with another model', () => {
    for (const event of [started('s1'), { type: 'said', text: 'one' } as const, tool('1', 'Bash')]) {
      expect(tallyOf([sampleRetry(), event, sampleRetry()]).retries).toBe(1);
    }
  });

  it('names the tools that were denied', () => {
    const events = [
      tool('1', 'Bash'),
      tool('2', 'Edit'),
      answer('1', true),
      answer('2', false),
      answer('9', true),
      tool(null, 'Nameless'),
      answer(null, true),
      tool('1', 'Again'),
      answer('1', true),
    ];
    expect(tallyOf(events).denied).toEqual(['Bash', 'a tool', 'Again']);
  });

  it('names each of them once, and the first twenty', () => {
    const calls = Array.from({ length: 60_000 }, (_, index) => [tool('1', `Tool${index % 30}`), answer('1', true)]).flat();
    expect(tallyOf(calls).denied).toEqual(Array.from({ length: 20 }, (_, index) => `Tool${index}`));
  });

  it('keeps the limit that was reached, not those that were only told', () => {
    const limit = (state: string): TranscriptEvent => ({ type: 'limit', state, window: 'five_hour', resetsAt: 5, used: 1 });
    expect(tallyOf([limit('allowed')])).toMatchObject({ limited: true, rejectedLimit: null });
    expect(tallyOf([limit('rejected'), limit('allowed_warning')])).toMatchObject({ limited: true, rejectedLimit: limit('rejected') });
    expect(tallyOf([])).toMatchObject({ limited: false });
  });
});

describe('windows of a plan', () => {
  type Limit = Extract<TranscriptEvent, { type: 'limit' }>;
  const limit = (window: string | null, more: Partial<Limit> = {}): Limit => ({
    type: 'limit',
    state: 'allowed',
    window,
    resetsAt: 5,
    used: 0.5,
    ...more,
  });
  const windows = (...limits: readonly Limit[]): unknown => tallyOf(limits).windows;

  it('are kept by name, each as it was told last', () => {
    const seven = limit('seven_day', { used: 0.1, resetsAt: null });
    expect(windows(limit('five_hour'), seven, limit('five_hour', { used: 0.6, resetsAt: 9 }))).toEqual([
      { name: 'seven_day', used: 0.1, resetsAt: null },
      { name: 'five_hour', used: 0.6, resetsAt: 9 },
    ]);
  });

  it('without a share are used up where they are rejected, else not known; without a name they are none', () => {
    expect(windows(limit('five_hour', { used: null }))).toEqual([]);
    expect(windows(limit('five_hour', { used: null, state: 'rejected' }))).toEqual([{ name: 'five_hour', used: 1, resetsAt: 5 }]);
    expect(windows(limit('five_hour', { used: 0.99, state: 'rejected' }))).toEqual([{ name: 'five_hour', used: 0.99, resetsAt: 5 }]);
    expect(windows(limit('five_hour'), limit('five_hour', { used: null }))).toEqual([{ name: 'five_hour', used: 0.5, resetsAt: 5 }]);
    expect(windows(limit(null), limit(null, { state: 'rejected' }))).toEqual([]);
    expect(tallyOf([limit(null)]).limited).toBe(true);
  });

  it('are ten at most, the one told last among them', () => {
    const told = Array.from({ length: 50 }, (_, index) => limit(`w${index}`));
    const { windows } = tallyOf(told);
    expect(windows).toHaveLength(10);
    expect(windows.map(({ name }) => name)).toContain('w49');
  });
});

// A database keeps larger integers and never gives them back.
it('figures beyond exact integers are capped', () => {
  const many = Array.from({ length: 12_000 }, (_, index) => index);
  const capped = sum(1e12);
  expect(spent(tallyOf(many.map((index) => step(`s${index}`, 1e12))))).toEqual(capped);
  expect(spent(tallyOf(many.map(() => sampleEnded(capped))))).toEqual(capped);
  expect(spent(tallyOf([child('a', 1e12), child('b', 1e12)]))).toEqual(capped);
  expect(spent(tallyOf([step('a', 1e12), step('b', 1e12), step('b', 1)]))).toEqual(sum(1));
});

describe('steps', () => {
  it('are counted and added up', () => {
    const tally = tallyOf([step('a', 1), step('b', 2), step(null, 4), step(null, 4)]);
    expect(tally).toMatchObject({ steps: 4, lastStep: step(null, 4) });
    expect(spent(tally)).toEqual(sum(11));
  });

  it('told in several lines count once, with the figures of the last', () => {
    const tally = tallyOf([
      step('a', 5),
      step('b', 1),
      { type: 'said', text: 'in between' },
      step('b', 2),
      tool('1', 'Bash'),
      step('b', 3),
    ]);
    expect(tally.steps).toBe(2);
    expect(spent(tally)).toEqual(sum(8));
  });

  it('are one step only in a row: an id that comes back later is another', () => {
    expect(tallyOf([step('a', 1), step('b', 1), step('a', 1)]).steps).toBe(3);
  });

  it('without a cost cost nothing', () => {
    const free = sampleStep({ id: 'a', cost: null });
    expect(spent(tallyOf([free, free])).cost).toBe(0);
    expect(spent(tallyOf([sampleStep({ id: 'a', cost: 3 }), free]))).toEqual({ cost: 0, tokens: sampleTokens(1) });
  });
});

describe('what was spent', () => {
  it('is steps and subagents, each as last told, as long as the agent has not closed', () => {
    expect(spent(tallyOf([step('a', 1), child('c1', 10), child('c2', 100), child('c1', 20)]))).toEqual(sum(121));
  });

  it('is what the agent closes with, where it does', () => {
    expect(spent(tallyOf([step('a', 1), child('c1', 10), sampleEnded(sum(7))]))).toEqual(sum(7));
    expect(spent(tallyOf([sampleEnded(sum(7)), step('b', 100)]))).toEqual(sum(7));
    expect(tallyOf([sampleEnded({ message: 'first' }), sampleEnded({ ok: false, message: 'last' })]).ended).toMatchObject({
      ok: false,
      message: 'last',
    });
  });

  it('adds up several closings, each of its own part', () => {
    expect(spent(tallyOf([sampleEnded(sum(7)), sampleEnded(sum(2))]))).toEqual(sum(9));
  });

  it('is steps and subagents where the closing has no figures', () => {
    expect(spent(tallyOf([step('a', 1), child('c', 2), sampleEnded()]))).toEqual(sum(3));
    for (const figures of [{ cost: 1 }, { tokens: { ...noTokens, input: 1 } }, { tokens: { ...noTokens, output: 1 } }]) {
      expect(spent(tallyOf([step('a', 9), sampleEnded(figures)]))).toEqual({ cost: 0, tokens: noTokens, ...figures });
    }
  });
});

describe('what was spent by model', () => {
  const use = (model: string, each: number) => ({ model, ...sum(each) });

  it('is nothing where nothing was', () => {
    expect(byModel(emptyTally)).toEqual([]);
  });

  it('is of the model at work when a step was told, unknown before one was named', () => {
    const fallback = [started('s1', 'm1'), step('a', 1), started('s1', 'm2'), step('b', 2), step('c', 4)];
    expect(byModel(tallyOf([step('0', 9), ...fallback]))).toEqual([{ model: null, ...sum(9) }, use('m1', 1), use('m2', 6)]);
  });

  it('takes a step told twice back from the model that it was told of', () => {
    expect(byModel(tallyOf([started('s', 'm1'), step('a', 5), started('s', 'm2'), step('a', 7)]))).toEqual([use('m1', 0), use('m2', 7)]);
  });

  it('is of a subagent’s own model, as last told, else of the one at work when it was first heard of', () => {
    const own = { ...child('c1', 3), model: 'small' } as TranscriptEvent;
    expect(byModel(tallyOf([started('s', 'big'), step('a', 1), own, child('c1', 10), child('c2', 20)]))).toEqual([
      use('big', 21),
      use('small', 10),
    ]);
  });

  it('is what the agent closes with, added up over several closings', () => {
    const first = sampleEnded({ ...sum(3), models: [use('big', 1), use('small', 2)] });
    const second = sampleEnded({ ...sum(4), models: [use('small', 4)] });
    expect(byModel(tallyOf([step('a', 100), first, second]))).toEqual([use('big', 1), use('small', 6)]);
    expect(byModel(tallyOf([started('s', 'big'), sampleEnded(sum(7)), sampleEnded({ ...sum(2), models: [] })]))).toEqual([use('big', 9)]);
  });
});

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
        // The same by another way: of each group of lines in a row that share an id, the last.
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

it('tokens are added kind by kind', () => {
  expect(addTokens({ input: 1, output: 2, cacheRead: 3, cacheWrite: 4 }, { input: 10, output: 20, cacheRead: 30, cacheWrite: 40 })).toEqual(
    { input: 11, output: 22, cacheRead: 33, cacheWrite: 44 },
  );
});
