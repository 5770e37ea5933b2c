import { expect, test } from 'vitest';
import { sampleDelivery, sampleTask } from '../core.samples.ts';
import { branchedSite } from './site.ts';

const site = { checkout: '/w/1-t1-1' };

test('a site and the branch of its checkout', () => {
  const delivery = sampleDelivery({ branch: 'yard/t1', base: 'abc' });
  expect(branchedSite(sampleTask({ site, delivery }))).toEqual({ ...site, branch: 'yard/t1', base: 'abc' });
});

test.each([
  ['no site', { delivery: sampleDelivery() }],
  ['no delivery', { site }],
  ['no branch', { site, delivery: sampleDelivery({ branch: null }) }],
  ['no base', { site, delivery: sampleDelivery({ base: null }) }],
])('%s: there is none', (_, task) => {
  expect(branchedSite(sampleTask(task))).toBeNull();
});
