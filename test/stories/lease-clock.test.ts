// Supervisors whose wall clocks disagree, on one home: leases go by the boot clock, so nobody loses what it holds or takes
// what another one holds.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { brokenInvariants } from '../chaos/invariants.ts';
import { fakeTime } from '../support/faketime.ts';
import { needsLibfaketime } from '../support/skip-without.ts';
import { commit, eachKeepsItsOwn, leasesOf, startFaked } from '../support/supervisors-with-shifted-clocks.ts';
import { ended, openYard, type Told } from '../support/yard.ts';

needsLibfaketime();

// Clocks that are behind, or too fast, are in lease-clock.full.test.ts.
test('two supervisors keep their own attempts when the clock of one is a minute ahead', async () => {
  await eachKeepsItsOwn({ words: ['+60'], monotonic: true });
});

test('three supervisors whose clocks are two minutes apart do eight tasks exactly once each', async () => {
  const ids = Array.from({ length: 8 }, (_, index) => `t${index + 1}`);
  const yard = await openYard({
    todo: ids.map((id) => `- [ ] ${id} Work #auto-dispatch\n`).join(''),
    actions: Object.fromEntries(ids.map((id) => [id, [[commit(id)]]])),
    config: { supervisor: { pollMs: 50 } },
  });
  const clocksOf = ['-60', '+0', '+60'].map((words) => fakeTime({ file: join(yard.root, `clock${words}`), words, monotonic: true }));
  const ends = await Promise.all(clocksOf.map((clock) => ended(startFaked(yard, { clock, args: ['run', '--concurrency', '4'] }))));
  // One that came when all were taken found nothing to do.
  for (const end of ends) expect([0, 3], end.stderr).toContain(end.code);
  expect((await yard.json<Told[]>('ls')).map(({ state, attempts }) => [state, attempts])).toEqual(ids.map(() => ['done', 1]));
  expect(leasesOf(yard).map(({ fence }) => fence)).toEqual(ids.map(() => 1));
  expect(await brokenInvariants(yard)).toEqual([]);
});
