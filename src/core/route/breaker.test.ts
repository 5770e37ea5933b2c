import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { afterFailure, afterSuccess, closed, heldUntil, type BreakerState } from './breaker.ts';
import { hour, minute, type Instant } from '../time.ts';

const start = 1_000_000_000;
const base = minute;
const fail = (state: BreakerState, task: number, at: Instant, startedAt = at): BreakerState =>
  afterFailure(state, { task, startedAt, at, base, seed: `attempt ${task} ${at}` });
/** Failures of tasks, given as minutes after the start. */
const failed = (...all: readonly (readonly [task: number, after: number])[]): BreakerState =>
  all.reduce((state, [task, after]) => fail(state, task, start + after * minute), closed);
const held = (state: BreakerState, now: Instant, underWay = 0): Instant | null => heldUntil({ state, underWay, now });
const open = failed([1, 0], [2, 1], [3, 2]);
const openedAt = start + 2 * minute;

describe('it opens', () => {
  const cases: readonly [name: string, failures: readonly (readonly [number, number])[], opens: boolean][] = [
    ['not after two tasks', [[1, 0], [2, 1]], false],
    ['after three', [[1, 0], [2, 1], [3, 2]], true],
    ['after three at once', [[1, 0], [2, 0], [3, 0]], true],
    ['not after one task that fails again and again', [[1, 0], [1, 1], [1, 2], [1, 3], [1, 4]], false],
    ['not after two that take turns', [[1, 0], [2, 1], [1, 2], [2, 3], [1, 4]], false],
    ['after three just within ten minutes', [[1, 0], [2, 5], [3, 9.999]], true],
    ['not after three in ten minutes', [[1, 0], [2, 5], [3, 10]], false],
    ['of each task the last failure counts', [[1, 0], [2, 5], [1, 9], [3, 12]], true],
    ['not by what failed after it, as a clock was set back', [[1, 9], [2, 9], [3, 0]], false],
  ]; // prettier-ignore
  it.each(cases)('%s', (_, failures, opens) => {
    const state = failed(...failures);
    expect(state.until !== null).toBe(opens);
    expect(state.streak).toBe(opens ? 1 : 0);
  });

  it('for the base at most, and half of it at least', () => {
    expect(open.until).toBeGreaterThanOrEqual(openedAt + base / 2);
    expect(open.until).toBeLessThanOrEqual(openedAt + base);
  });
});

it('opened by a clock that was ten days ahead it holds nobody once that is right, and opens anew', () => {
  const right = start - 240 * hour;
  expect(held(open, right)).toBeNull();
  const again = [1, 2, 3].reduce((state, task) => fail(state, task, right), open);
  expect(again.streak).toBe(2);
  expect(held(again, right)).toBe(again.until);
});

describe('open', () => {
  const until = open.until ?? 0;

  it('the provider is held until then; then one task tries it, and the others wait', () => {
    expect(held(open, openedAt)).toBe(until);
    expect(held(open, until - 1, 3)).toBe(until);
    expect(held(open, until)).toBeNull();
    expect(held(open, until, 1)).toBe(until + minute);
    expect(held(open, until + 5 * minute, 2)).toBe(until + 6 * minute);
    expect(held(open, until + 10 * minute, 2)).toBeNull();
  });

  it('what fails meanwhile was under way before, and puts nothing off', () => {
    const more = fail(fail(open, 4, openedAt + 1000), 5, until - 1);
    expect(more).toMatchObject({ until, streak: 1 });
  });

  it('a failure of the one that tried it opens it again, for longer each time', () => {
    let state = open;
    for (const streak of [2, 3, 4]) {
      const at = state.until ?? 0;
      state = fail(state, 1, at);
      const wait = (state.until ?? 0) - at;
      expect(state.streak).toBe(streak);
      expect(wait).toBeGreaterThanOrEqual((base * 2 ** (streak - 1)) / 2);
      expect(wait).toBeLessThanOrEqual(base * 2 ** (streak - 1));
    }
  });

  it('a worker that was under way before it opened says nothing new when it fails afterwards', () => {
    expect(fail(open, 4, until + minute, openedAt - minute)).toMatchObject({ until, streak: 1 });
  });

  it('long after, one failure is one failure again', () => {
    expect(held(fail(open, 1, until + hour), until + hour)).toBeNull();
    const again = [1, 2, 3].reduce((state, task) => fail(state, task, until + hour), open);
    expect(again.streak).toBe(2);
    expect(held(again, until + hour)).not.toBeNull();
  });

  it('its success closes it, and three tasks open it anew for the first time', () => {
    const again = fail(open, 1, until);
    expect(afterSuccess(again)).toBe(closed);
    expect(held(afterSuccess(again), until, 9)).toBeNull();
    const later = [1, 2, 3].reduce((state, task) => fail(state, task, until + hour), afterSuccess(again));
    expect(later.streak).toBe(1);
  });
});

it('closed it holds nothing, and a success that changes nothing gives it back as it was', () => {
  expect(held(closed, start, 9)).toBeNull();
  expect(held(failed([1, 0], [2, 1]), start + minute)).toBeNull();
  expect(afterSuccess(closed)).toBe(closed);
  const same = { ...closed };
  expect(afterSuccess(same)).toBe(same);
  expect(afterSuccess(failed([1, 0], [2, 1]))).toBe(closed);
});

test('property: whatever happened, an hour later one task may try it, and its success closes it', () => {
  const step = fc.record({ task: fc.nat(5), later: fc.nat(5 * minute), ok: fc.constantFrom(true, false, false, false, false, false) });
  let opened = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let now = start;
      let state = closed;
      for (const { task, later, ok } of steps) {
        now += later;
        state = ok ? afterSuccess(state) : fail(state, task, now);
        if (state.until !== null) {
          opened += 1;
          expect(state.until).toBeLessThanOrEqual(now + hour);
          expect(held(state, state.until, 0)).toBeNull();
          expect(held(state, state.until, 1)).toBe(state.until + minute);
        }
        expect(state.until === null).toBe(state.streak === 0);
        // The number of recently failed tasks that are kept.
        expect(state.failures.length).toBeLessThanOrEqual(6);
      }
      expect(held(state, now + hour, 0)).toBeNull();
      expect(held(afterSuccess(state), now, 9)).toBeNull();
    }),
    { numRuns: 300 },
  );
  expect(opened).toBeGreaterThan(100);
});

test('property: it opens exactly when three different tasks failed within ten minutes', () => {
  const step = fc.record({ task: fc.nat(3), later: fc.nat(6 * minute) });
  const seen = new Set<boolean>();
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      let now = start;
      let state = closed;
      const last = new Map<number, Instant>();
      for (const { task, later } of steps) {
        now += later;
        last.set(task, now);
        state = fail(state, task, now);
        const opens = [...last.values()].filter((at) => now - at < 10 * minute).length >= 3;
        expect(state.until !== null).toBe(opens);
        seen.add(opens);
        if (opens) return;
      }
    }),
    { numRuns: 500 },
  );
  expect(seen.size).toBe(2);
});
