import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryNeed, roomMissing, workersByCores, type Load, type Room } from './capacity.ts';

const mb = 2 ** 20;
const room = (free: number, total = 8000): Room => ({ cores: 4, total: total * mb, free: free * mb });
const load = (needs: number, uses: number): Load => ({ needs: needs * mb, uses: uses * mb });

test.each([
  ['nothing was seen: what is declared', [], 650],
  ['little was seen: the larger of both', [100], 650],
  ['little was seen, and more than declared', [1000, 100], 1100],
  ['enough was seen', [200, 100, 300], 330],
])('%s', (_, peaks, wanted) => {
  expect(Math.round(memoryNeed({ declared: 650 * mb, peaks: peaks.map((peak) => peak * mb) }) / mb)).toBe(wanted);
});

test('two workers per core, and never none', () => {
  expect(workersByCores(room(0))).toBe(8);
  expect(workersByCores({ ...room(0), cores: 0 })).toBe(1);
});

test.each([
  ['the first is always admitted', room(10), [], 650, null],
  ['there is room', room(4000), [load(650, 650)], 650, null],
  ['the reserve is a tenth of all', room(1400), [load(650, 650)], 650, 600],
  ['what the others will still take counts', room(2000), [load(650, 50)], 650, 600],
  ['a small machine keeps the least reserve', room(1000, 2000), [load(0, 900)], 650, 488],
  ['less than nothing is told as nothing', room(100), [load(650, 0)], 250, 0],
])('%s', (_, given, loads, needs, spare) => {
  const missing = roomMissing({ room: given, loads, needs: needs * mb });
  expect(missing).toEqual(spare === null ? null : { needs: needs * mb, spare: spare * mb });
});

test('property: whatever is admitted one after the other, what all of them need is less than what was free', () => {
  const workers = fc.array(fc.integer({ min: 1, max: 4000 }), { maxLength: 40 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 64_000 }), workers, (free, needs) => {
      const admitted: Load[] = [];
      for (const need of needs)
        if (roomMissing({ room: room(free), loads: admitted, needs: need * mb }) === null) admitted.push(load(need, 0));
      const wanted = admitted.reduce((sum, one) => sum + one.needs, 0);
      if (admitted.length > 1) expect(wanted).toBeLessThanOrEqual(free * mb);
    }),
  );
  expect.hasAssertions();
});
