// A few random histories in every run; `issues-histories.full.test.ts` tries many.
import { expect, it } from 'vitest';
import { tryHistories } from './issues-history.samples.ts';

const histories = Number(process.env['YARDMASTER_SYNC_HISTORIES'] ?? 4);

it('loses nothing, doubles nothing and comes to rest', { timeout: 120_000 }, async () => {
  expect(await tryHistories(histories)).toBe(histories);
});
