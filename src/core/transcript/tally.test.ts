// What the tally of an attempt concludes from each kind of event.
import { describe, expect, it } from 'vitest';
import { sampleRetry, sampleStep } from '../core.samples.ts';
import { addNews, addToTally, emptyTally, signOf, spent, tallyOf } from './tally.ts';
import { noTokens, type TranscriptEvent } from './transcript.ts';
import { answer, child, started, step, tool } from './tally.samples.ts';
import { saidText } from '../reason/said-words.ts';

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
    // A subagent's compaction concerns only the subagent, and a summary repairs no other error.
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
    const sign = signOf(tallyOf([{ type: 'said', text: 'before' }, event, sampleStep(), sampleRetry()]));
    expect(sign === null ? null : saidText(sign)).toBe(expected);
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
