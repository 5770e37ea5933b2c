import { expect, test } from 'vitest';
import type { BudgetUse } from './budget-use.ts';
import { burnPerHour, stopsAt } from './burn.ts';
import { hour } from '../time.ts';

test('of an open attempt counts the part that falls into the last hour', () => {
  const now = 10 * hour;
  const open = [
    { charged: 400, startedAt: now - 4 * hour },
    { charged: 50, startedAt: now - 60_000 },
    { charged: 7, startedAt: now },
  ];
  expect(burnPerHour({ closed: 1000, open, now })).toBe(1157);
  expect(burnPerHour({ closed: 0, open: [], now })).toBe(0);
});

test.each([
  ['reached', 900, 100, 0],
  ['passed', 990, 0, 0],
  ['in two hours', 850, 25, 2 * hour],
  ['not today', 850, 1, null],
  ['never', 850, 0, null],
])('a budget of the day at this pace: %s', (_, spent, perHour, at) => {
  const use: BudgetUse = { kind: 'day', name: null, spent, limit: 1000, share: spent / 1000, level: 'ok' };
  expect(stopsAt({ use, stopAt: 0.9, perHour, now: 0, dayEnds: 24 * hour })).toBe(at);
});
