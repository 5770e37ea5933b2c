import { expect, it } from 'vitest';
import { leaseFor, renewEvery } from './lease.ts';

it('two renewals may be missed before a lease runs out', () => {
  expect(renewEvery).toBeGreaterThan(0);
  expect(2 * renewEvery).toBeLessThan(leaseFor);
});
