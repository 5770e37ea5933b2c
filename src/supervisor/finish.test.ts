// How long a delivered task waits for others to be ticked in the same edit.
import { expect, test } from 'vitest';
import { phaseWorld } from '../../test/support/phase-world.ts';
import type { Clock } from '../ports/clock.ts';
import { openStore } from '../store/open.ts';
import { finish } from './finish.ts';

test.each([
  ['not at all, where nothing is under way', 0, 0],
  ['until the last of the others has ended', 2, 50],
  ['for a moment, where they go on', Infinity, 250],
])('%s', async (_, looks, waits) => {
  let slept = 0;
  const signal = new AbortController().signal;
  const clock: Clock = {
    now: () => 0,
    lease: () => ({ boot: 'this boot', ms: 0, wall: 0 }),
    sleep: async (duration) => {
      slept += duration;
      if (slept >= looks * 25) world.memory.leases.clear();
    },
    id: () => 'id',
  };
  const store = await openStore({ file: ':memory:' });
  const world = await phaseWorld({ store, clock, holder: 'me', emit: () => {}, places: [] });
  if (looks > 0) world.memory.leases.set('a1', { attempt: 'a1', holder: 'me', fence: 1 });
  await finish(world, { repo: '/r', signal });
  expect(slept).toBe(waits);
});
