import { expect, test } from 'vitest';
import { dayName, dayStart, weekStart } from './local-day.ts';

const at = (...parts: [number, number, number, number?, number?]): number => new Date(...parts).getTime();

test.each([
  ['in the morning', at(2026, 10, 23, 0, 0), at(2026, 10, 23), at(2026, 10, 24), at(2026, 10, 23), '2026-11-23'],
  ['late on a Sunday', at(2026, 10, 29, 23, 59), at(2026, 10, 29), at(2026, 10, 30), at(2026, 10, 23), '2026-11-29'],
  ['at the end of a year', at(2026, 11, 31, 12, 0), at(2026, 11, 31), at(2027, 0, 1), at(2026, 11, 28), '2026-12-31'],
  ['in a week with a change of the clock', at(2026, 2, 31, 1, 30), at(2026, 2, 31), at(2026, 3, 1), at(2026, 2, 30), '2026-03-31'],
])('days and weeks by the calendar: %s', (_, now, start, end, monday, name) => {
  expect([dayStart(now), dayStart(now, 1), weekStart(now), dayName(now)]).toEqual([start, end, monday, name]);
});
