// Random histories: whatever two people, workers, three who sync and crashes do, nothing that a person wrote is lost, nothing
// is doubled, and both sides come to rest. `YARDMASTER_SYNC_HISTORIES` sets how many histories are tried.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runHistory } from './sync-history-run.samples.ts';
import { anyStep } from './sync-history.samples.ts';

const histories = Number(process.env['YARDMASTER_SYNC_HISTORIES'] ?? 250);

it('loses nothing, doubles nothing and comes to rest', () => {
  let tried = 0;
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 5, maxLength: 30, size: 'max' }), (steps) => {
      runHistory(steps);
      tried += 1;
    }),
    { numRuns: histories },
  );
  expect(tried).toBe(histories);
});
