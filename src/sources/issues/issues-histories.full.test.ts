import { expect, it } from 'vitest';
import { tryHistories } from './issues-history.samples.ts';

const histories = 200;

it('loses nothing, doubles nothing and comes to rest', { timeout: 1_800_000 }, async () => {
  expect(await tryHistories(histories)).toBe(histories);
});
