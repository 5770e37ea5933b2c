import { describe, expect, it } from 'vitest';
import { addToKept, keep, mostText } from './kept.ts';
import { tallyOf } from './tally.ts';
import type { TranscriptEvent } from './transcript.ts';

const said = (text: string): TranscriptEvent => ({ type: 'said', text });
const tool = (name: string): TranscriptEvent => ({ type: 'tool', id: name, name, input: '{}' });
const answer = (id: string, over: { output?: string; denied?: boolean } = {}): TranscriptEvent => {
  const { output = 'ok', denied = false } = over;
  return { type: 'answer', id, ok: !denied, denied, output };
};
const step: TranscriptEvent = {
  type: 'step',
  id: null,
  session: null,
  reason: null,
  tokens: { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 },
  cost: 5,
};

describe('what is stored of texts', () => {
  it('all of what an agent usually says', () => {
    const events = [said('hello'), tool('bash'), answer('bash'), step];
    expect(keep(events, 0)).toEqual({ events, kept: 400 + 5 + 2 + 2 });
  });

  const long = 'x'.repeat(65_535);
  it.each<[string, TranscriptEvent, object]>([
    ['words', said(`${long}yz`), { text: `${long}y… (1 more characters are not stored)` }],
    ['a call', { ...tool('bash'), input: `${long}yz` } as TranscriptEvent, { input: `${long}y… (1 more characters are not stored)` }],
    ['an answer', answer('a', { output: `${long}yz` }), { output: `${long}y… (1 more characters are not stored)` }],
    [
      'an error',
      { type: 'error', failure: null, status: null, message: `${long}yz`, until: null },
      { message: `${long}y… (1 more characters are not stored)` },
    ],
    ['no half of a character', said(`${long}\u{1F600}`), { text: `${long}… (2 more characters are not stored)` }],
  ])('the beginning of a very long one: %s', (_, event, stored) => {
    expect(keep([event], 0).events).toEqual([{ ...event, ...stored }]);
  });

  it('past the most of an attempt, once told, only what counts and the last of each look', () => {
    const words = `${'w'.repeat(999)}!?`;
    const told = [said('one'), tool('a'), answer('a'), step, tool('b'), answer('b', { denied: true }), said(words), step];
    const before = mostText;
    const { events, kept } = keep([said('fills it'), ...told], before);
    const [first, note, ...rest] = events;
    expect(first).toEqual(said('fills it'));
    expect(note).toMatchObject({ type: 'noted', text: expect.stringContaining('16 Mi characters') });
    const short = said(`${words.slice(0, -1)}… (1 more characters are not stored)`);
    expect(rest).toEqual([step, tool('b'), answer('b', { denied: true }), short, step]);
    expect(events.reduce(addToKept, before)).toBe(kept);
    const again = keep(told, kept);
    expect(again.events).toEqual(rest);
  });

  it('a fold of what is stored is the fold of what was told, but for the length of the last words', () => {
    const told = Array.from({ length: 50 }, (_, at): TranscriptEvent[] => [said(`words ${at}`), tool(`t${at}`), answer(`t${at}`), step]);
    let kept = mostText - 1000;
    const stored = told.flatMap((events) => {
      const part = keep(events, kept);
      kept = part.kept;
      return part.events;
    });
    expect({ ...tallyOf(stored), calls: [] }).toEqual({ ...tallyOf(told.flat()), calls: [] });
    expect(stored.length).toBeLessThan(told.flat().length);
  });
});
