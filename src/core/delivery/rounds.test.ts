import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minute, second } from '../time.ts';
import type { PullStep } from './pull-request.ts';
import { roundAfter, roundAfterFault, type RequestPoints } from './rounds.ts';

const wait = (kind: Extract<PullStep, { do: 'wait' }>['for'], code: 'in-queue' | 'forge-computes' = 'in-queue'): PullStep => ({
  do: 'wait',
  for: kind,
  why: { code, facts: {} },
});
const points = (left: number): RequestPoints => ({ limit: 1000, left, used: 0, resetsAt: 0 });
const pause = 15 * second;
const after = (steps: readonly PullStep[], left: number | null = 1000): number =>
  roundAfter({ steps, points: left === null ? null : points(left), pause, now: 7 }) - 7;

describe('the next round is', () => {
  it.each<readonly [string, readonly PullStep[], number | null, number]>([
    ['seldom without anything to follow', [], 1000, 5 * minute],
    ['after a minute without a sign-in', [wait('checks')], null, minute],
    ['soon while checks run', [wait('checks')], 1000, pause],
    ['later while people are waited for', [wait('people'), wait('people')], 1000, minute],
    ['as soon as the most urgent needs it', [wait('people'), wait('checks')], 1000, pause],
    ['at once while the forge computes', [wait('checks'), wait('forge', 'forge-computes')], 1000, 2 * second],
    ['as usual with half of the requests left', [wait('checks')], 500, pause],
    ['later with less', [wait('checks')], 250, 2 * pause],
    ['seldom with none', [wait('checks')], 0, 5 * minute],
    ['seldom with none, also while the forge computes', [wait('forge', 'forge-computes')], 0, 200 * second],
  ])('%s', (_, steps, left, expected) => expect(after(steps, left)).toBe(expected));

  it('never sooner because fewer requests are left, and never after more than five minutes', () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.nat(1000),
        fc.subarray([wait('people'), wait('checks'), wait('forge', 'forge-computes')]),
        (a, b, steps) => {
          expect(after(steps, Math.min(a, b))).toBeGreaterThanOrEqual(after(steps, Math.max(a, b)));
          expect(after(steps, a)).toBeLessThanOrEqual(5 * minute);
        },
      ),
    );
  });
});

it.each<readonly [string, unknown, number]>([
  ['after some pauses', undefined, 7 + minute],
  ['not sooner because its limit ends sooner', 8, 7 + minute],
  ['later if its limit ends later', 7 + 5 * minute, 7 + 5 * minute],
  ['after some pauses if it says nothing that can be read', 'soon', 7 + minute],
])('a forge that could not be asked is asked again %s', (_, until, expected) => {
  expect(roundAfterFault({ until, pause, now: 7 })).toBe(expected);
});
