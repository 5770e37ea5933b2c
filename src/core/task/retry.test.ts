import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextTry, stillWaits } from './retry.ts';
import { hour, minute, second } from '../time.ts';

const now = 1_800_000_000_000;
const wait = (more: { base?: number; streak?: number; seed?: string; until?: number | null } = {}): number =>
  nextTry({ now, base: 30 * second, streak: 1, seed: 'a', until: null, ...more }) - now;

describe('nextTry', () => {
  it('doubles from the base up to an hour, the jitter of the seed aside', () => {
    // All waits have one seed, so each is the same fraction of its delay.
    const share = wait() / (30 * second);
    const minutes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 1e9].map((streak) => Math.round((wait({ streak }) / share / minute) * 100) / 100);
    expect(minutes).toEqual([0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
  });

  it('spreads workers that failed together over half of the delay', () => {
    const seeds = fc.sample(fc.uuid({ version: 4 }), { seed: 1, numRuns: 200 });
    const waits = seeds.map((seed) => wait({ streak: 8, seed }));
    expect(new Set(waits).size).toBeGreaterThan(150);
    const shares = waits.map((one) => one / hour);
    for (const [from, to] of [
      [0.5, 0.6],
      [0.6, 0.7],
      [0.7, 0.8],
      [0.8, 0.9],
      [0.9, 1],
    ] as const) {
      expect(shares.filter((share) => share >= from && share < to).length, `${from}`).toBeGreaterThan(10);
    }
  });

  it('says the same in every process: the jitter of known seeds', () => {
    expect([wait({ seed: '' }), wait({ seed: 'a' }), wait({ seed: 'attempt-1' })]).toMatchInlineSnapshot(`
      [
        22565,
        28362,
        24616,
      ]
    `);
  });

  it.each([
    ['a reset hours ahead', 5 * hour, 5 * hour],
    ['a reset that has passed', -1, wait()],
    ['a server that says "at once"', 0, wait()],
    ['a server that says "in a second"', second, wait()],
  ])('%s', (_, until, expected) => {
    expect(wait({ until: now + until })).toBe(expected);
  });
});

describe('stillWaits', () => {
  const day = 24 * hour;
  it.each([
    ['a back-off', 30 * second, 0, true],
    ['one that is over', 30 * second, 30 * second, false],
    ['one of which the clock was set back a little', 30 * second, -1 * minute, true],
    ['the longest, of which the clock was set back', hour, -1, true],
    ['one that was written ten days ahead', 30 * second, -10 * day, false],
    ['one that was written an hour ahead', 30 * second, -1 * hour, false],
    ['a reset that was named for a week ahead', 7 * day, 0, true],
    ['the same, of which the clock was set back a second', 7 * day, -1 * second, true],
    ['the same, as told by a clock that was an hour ahead', 7 * day, -1 * hour, false],
    ['a reset that was over by the clock that was ahead', -5 * day, -10 * day, false],
  ])('%s', (_, long, passed, holds) => {
    expect(stillWaits({ since: now, until: now + long, now: now + passed })).toBe(holds);
  });

  it('never for longer than the longest back-off, or than it was to take', () => {
    const time = fc.integer({ min: -30 * day, max: 30 * day });
    fc.assert(
      fc.property(time, time, time, (since, until, at) => {
        const left = until - at;
        const holds = stillWaits({ since, until, now: at });
        if (holds) expect(left).toBeLessThanOrEqual(Math.max(hour, until - since + minute));
        // While the clock goes forward, the wait lasts until its end.
        if (at >= since) expect(holds).toBe(left > 0);
      }),
    );
  });
});

const facts = fc.record({
  now: fc.nat(4e12),
  base: fc.integer({ min: 1, max: 4 * hour }),
  streak: fc.integer({ min: 1, max: 5000 }),
  seed: fc.string(),
  until: fc.option(fc.nat(5e12), { nil: null }),
});

describe('laws of the back-off', () => {
  it('never before `until`, and otherwise within half of the delay and the delay, which is an hour at most', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const next = nextTry(given);
        const delay = Math.min(hour, given.base * 2 ** (given.streak - 1));
        expect(Number.isSafeInteger(next)).toBe(true);
        expect(next).toBeGreaterThanOrEqual(given.until ?? 0);
        expect(next).toBeGreaterThanOrEqual(given.now + Math.floor(delay / 2));
        if (next !== given.until) expect(next).toBeLessThanOrEqual(given.now + Math.ceil(delay));
      }),
    );
  });

  it('the same facts give the same time', () => {
    fc.assert(
      fc.property(facts, (given) => {
        expect(nextTry(given)).toBe(nextTry({ ...given }));
      }),
    );
  });

  it('a longer streak, a larger base, a later reset never bring it forward', () => {
    fc.assert(
      fc.property(facts, fc.nat(40), fc.nat(hour), fc.nat(hour), (given, streak, base, until) => {
        const next = nextTry(given);
        expect(nextTry({ ...given, streak: given.streak + streak })).toBeGreaterThanOrEqual(next);
        expect(nextTry({ ...given, base: given.base + base })).toBeGreaterThanOrEqual(next);
        if (given.until !== null) expect(nextTry({ ...given, until: given.until + until })).toBeGreaterThanOrEqual(next);
      }),
    );
  });
});
