// How long a delivered task waits for others to be ticked in the same edit.
import { sampleAttempt } from '../../core/core.samples.ts';
import { holdAttempt } from '../held.ts';
import { expect, test } from 'vitest';
import { phaseWorld, todoSources } from '../../../test/support/phase-world.ts';
import { claimBy, closeAs, request } from '../../ports/store.samples.ts';
import type { Clock } from '../../ports/clock.ts';
import { openStore } from '../../store/open.ts';
import { intake } from '../intake/intake.ts';
import { finish, isFinishDue } from './finish.ts';

test.each([
  ['not at all, if no work is in progress', 0, 0],
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
      if (slept >= looks * 25) world.memory.held.clear();
    },
    id: () => 'id',
  };
  const store = await openStore({ file: ':memory:' });
  const world = await phaseWorld({ store, clock, holder: 'me', emit: () => {}, places: [] });
  if (looks > 0) holdAttempt(world, { attempt: sampleAttempt({ id: 'a1' }), lease: { attempt: 'a1', holder: 'me', fence: 1 } });
  await finish(world, { repo: '/r', signal });
  expect(slept).toBe(waits);
});

test('a person’s own status stays when the line is ticked, and does not belong to our tick', async () => {
  const store = await openStore({ file: ':memory:' });
  const clock: Clock = { now: () => 0, lease: () => ({ boot: 'b', ms: 0, wall: 0 }), sleep: async () => {}, id: () => 'id' };
  const world = await phaseWorld({ store, clock, holder: 'me', emit: () => {}, places: [] });
  let text = '- [ ] t1 A status:wip\n- [ ] t2 B\n';
  const sources = todoSources({
    mark: () => 'a',
    edit: async (_, change, replaced) => {
      text = change(text) ?? text;
      replaced?.({ from: 'a', to: 'b' });
      return true;
    },
  });
  for (const id of ['t1', 't2']) await store.putTask({ repo: '/r', task: request(id, { line: 'open' }), at: 0 });
  for (const taskKey of [1, 2]) {
    const claim = await claimBy(store, { taskKey });
    if (!claim.claimed) throw new Error(claim.why);
    await closeAs(store, { lease: claim.lease, to: 'delivered' });
  }
  await finish({ ...world, sources }, { repo: '/r', signal: new AbortController().signal });
  expect(text).toBe('- [x] t1 A status:wip completed:1970-01-01\n- [x] t2 B status:no-change-needed completed:1970-01-01\n');
  expect((await store.tasks({})).map(({ ticks }) => ticks)).toEqual([
    [{ completed: '1970-01-01' }],
    [{ completed: '1970-01-01', status: 'no-change-needed' }],
  ]);
});

test('a task that waits for open subtasks is checked again when its list changes, or after a while, and not at every pulse', async () => {
  let now = 1000;
  const store = await openStore({ file: ':memory:' });
  const clock: Clock = { now: () => now, lease: () => ({ boot: 'b', ms: 0, wall: 0 }), sleep: async () => {}, id: () => 'id' };
  let text = '- [ ] t1 A\n  - [ ] t1.1 B\n    - [ ] t1.1.1 C\n    - [ ] t1.1.2 D\n';
  const sources = todoSources({
    mark: () => text,
    edit: async (_, change, replaced) => {
      const before = text;
      text = change(text) ?? text;
      if (text !== before) replaced?.({ from: before, to: text });
      return text !== before;
    },
  });
  const world = await phaseWorld({ store, clock, holder: 'me', emit: () => {}, places: [], sources });
  const deliver = async (id: string): Promise<void> => {
    await store.putTask({ repo: '/r', task: request(id, { line: 'open' }), at: 0 });
    const claim = await claimBy(store, { taskKey: (await store.task({ repo: '/r', id }))!.key });
    if (claim.claimed) await closeAs(store, { lease: claim.lease, to: 'delivered' });
  };
  const delivered = () => store.tasks({ states: ['delivered'] });
  const isDue = async (): Promise<boolean> => isFinishDue(world, { repo: '/r', tasks: await delivered() });
  const finished = async (): Promise<readonly string[]> => {
    await finish(world, { repo: '/r', signal: new AbortController().signal });
    return (await store.tasks({ states: ['done'] })).map(({ id }) => id);
  };
  for (const id of ['t1', 't1.1', 't1.1.1']) await deliver(id);
  expect(await isDue()).toBe(true);
  expect(await finished()).toEqual(['t1.1.1']);
  expect((await delivered()).map(({ id }) => id)).toEqual(['t1', 't1.1']);
  expect(await isDue()).toBe(false);
  now += 5000;
  expect(await isDue()).toBe(true);
  expect(await finished()).toEqual(['t1.1.1']);
  expect(await isDue()).toBe(false);
  text = text.replace('[ ] t1.1.2', '[x] t1.1.2');
  expect(await isDue()).toBe(true);
  // After one task is ticked, the other no longer waits.
  expect(await finished()).toEqual(['t1', 't1.1', 't1.1.1']);
  await deliver('t1.1.2');
  expect(await isDue()).toBe(true);
});

test('our own tick is no news: the list is not read again for it, but it is for a person’s edit', async () => {
  const store = await openStore({ file: ':memory:' });
  const clock: Clock = { now: () => 0, lease: () => ({ boot: 'b', ms: 0, wall: 0 }), sleep: async () => {}, id: () => 'id' };
  let text = '- [ ] t1 A #auto-dispatch\n';
  let reads = 0;
  const sources = todoSources({
    mark: () => text,
    read: async () => ((reads += 1), { text, mark: text }),
    brief: async () => null,
    edit: async (_, change, replaced) => {
      const before = text;
      text = change(text) ?? text;
      replaced?.({ from: before, to: text });
      return true;
    },
  });
  const made = await phaseWorld({ store, clock, holder: 'me', emit: () => {}, places: [], sources });
  const world = { ...made, scope: { ...made.scope, repo: '/r' } };
  await intake(world);
  const claim = await claimBy(store, { taskKey: 1 });
  if (claim.claimed) await closeAs(store, { lease: claim.lease, to: 'delivered' });
  await finish(world, { repo: '/r', signal: new AbortController().signal });
  await intake(world);
  expect([text.startsWith('- [x] t1 A'), reads]).toEqual([true, 1]);
  text += '- [ ] t2 B #auto-dispatch\n';
  await intake(world);
  expect([(await store.tasks({})).map(({ id, state }) => `${id} ${state}`), reads]).toEqual([['t1 done', 't2 queued'], 2]);
});
