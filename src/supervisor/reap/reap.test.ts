import { expect, test } from 'vitest';
import { phaseWorld, todoSources } from '../../../test/support/phase-world.ts';
import type { Clock } from '../../ports/clock.ts';
import { openStore } from '../../store/open.ts';
import { reap } from './reap.ts';

test('a look for what was left behind tidies up beside the lists of all repositories', async () => {
  const clock: Clock = { now: () => 1e12, lease: () => ({ boot: 'this boot', ms: 0, wall: 0 }), sleep: async () => {}, id: () => 'id' };
  const store = await openStore({ file: ':memory:' });
  for (const root of ['/one', '/other']) await store.addRepo({ root, at: 0 });
  const tidied: string[] = [];
  const sources = todoSources({ tidy: async (path) => void tidied.push(path) });
  const world = await phaseWorld({ store, clock, holder: 'me', emit: () => {}, places: [], sources });
  await reap(world);
  await world.memory.inflight.settled();
  expect(tidied).toEqual(['/one/TODO.md', '/other/TODO.md']);
});
