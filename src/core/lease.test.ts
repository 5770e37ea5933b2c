import { expect, it } from 'vitest';
import { leaseFor, leaseRanOut, renewEvery } from './lease.ts';

it.each([
  [10, 9, false],
  [10, 10, true],
  [10, 11, true],
])('a lease until %d has run out at %d: %s', (until, now, over) => {
  expect(leaseRanOut({ until, now })).toBe(over);
});

it('two renewals may be missed without losing the lease', () => {
  expect(renewEvery).toBeGreaterThan(0);
  expect(leaseRanOut({ until: leaseFor, now: 2 * renewEvery })).toBe(false);
  expect(leaseRanOut({ until: leaseFor, now: 3 * renewEvery })).toBe(true);
});
