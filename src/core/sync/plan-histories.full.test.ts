import { expect, it } from 'vitest';
import { tryHistories } from './sync-history-run.samples.ts';

const histories = 250;

it('loses nothing, doubles nothing and comes to rest', () => {
  expect(tryHistories(histories)).toBe(histories);
});
