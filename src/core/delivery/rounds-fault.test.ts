// A forge that could not be asked is asked again later, and not before its limit ends.
import { expect, test } from 'vitest';
import { minute, second } from '../time.ts';
import { roundAfterFault } from './rounds.ts';

test('a forge that is away is asked again after as long as people are waited for', () => {
  expect(roundAfterFault({ until: undefined, pause: 15 * second, now: 0 })).toBe(minute);
});

test('a forge that is limited is not asked before its limit ends', () => {
  expect(roundAfterFault({ until: 10 * minute, pause: 15 * second, now: 0 })).toBe(10 * minute);
  expect(roundAfterFault({ until: 2 * second, pause: 15 * second, now: 0 })).toBe(minute);
});
