// A few random histories in every run, because each takes a third of a second; `plan-histories.full.test.ts` tries many.
// `YARDMASTER_SYNC_HISTORIES` sets how many are tried.
import { expect, it } from 'vitest';
import { tryHistories } from './sync-history-run.samples.ts';

const histories = Number(process.env['YARDMASTER_SYNC_HISTORIES'] ?? 25);

it('loses nothing, doubles nothing and comes to rest', () => {
  expect(tryHistories(histories)).toBe(histories);
});
