import { expect, onTestFinished, test, vi } from 'vitest';
import { success } from '../../../test/support/gitless-world.ts';
import { phaseStage, type PhaseStage } from '../phase-stage.samples.ts';
import { phaseWorld, todoSources } from '../../../test/support/phase-world.ts';
import { because } from '../../core/core.samples.ts';
import { sampleRecord } from '../../core/delivery/pull.samples.ts';
import { claimed, closeAs } from '../../ports/store.samples.ts';
import { Fault } from '../../core/fault.ts';
import { minute } from '../../core/time.ts';
import type { Repo } from '../../ports/repo.ts';
import type { Clock } from '../../ports/clock.ts';
import { openStore } from '../../store/open.ts';
import { reap } from './reap.ts';

test('a search for leftovers also tidies up beside the lists of all repositories', async () => {
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

/** A stage with a task that had an attempt, and is in this state now. */
async function over(state: 'done' | 'failed', repo: Partial<Repo> = {}): Promise<PhaseStage> {
  const stage = await phaseStage({ worker: () => [{ say: success }, { exit: 0 }], repo });
  const { key } = await stage.add('t1');
  await stage.pulse('dispatch', 'watch', 'settle', 'settle');
  const move = { key, reason: because('given up'), at: stage.now() } as const;
  if (state === 'failed') {
    await stage.store.moveTask({ ...move, from: ['done'], to: 'queued' });
    await stage.store.moveTask({ ...move, from: ['queued'], to: 'failed' });
  }
  expect(await stage.task('t1')).toMatchObject({ state, site: { checkout: expect.any(String) } });
  return stage;
}

test('the site of a finished task is removed and forgotten; that of a failed one stays for a retry', async () => {
  const done = await over('done');
  expect(done.sites.size).toBe(1);
  await done.pulse('reap');
  expect(done.sites.size).toBe(0);
  expect(await done.task('t1')).toMatchObject({ site: null, delivery: { branch: expect.any(String) } });
  const failed = await over('failed');
  await failed.pulse('reap');
  expect(failed.sites.size).toBe(1);
  expect((await failed.task('t1')).site).not.toBeNull();
});

test('undelivered work is preserved, and a person is told where', async () => {
  const kept = 'refs/yardmaster/preserved/t1';
  const stage = await over('done', { removeSite: async () => ({ preserved: kept }) });
  await stage.pulse('reap');
  expect(stage.told.filter(({ type }) => type === 'warning')).toMatchObject([
    { code: 'preserved', task: 't1', message: expect.stringContaining(kept) },
  ]);
});

test('a site whose work cannot be saved stays, is reported once, and is removed as soon as possible', async () => {
  // A failed operation rests by the monotonic clock.
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  let tries = 0;
  let fault: Fault | null = new Fault({ code: 'not-preserved', message: 'a file is too large to be saved', hint: 'move it' });
  const stage = await over('done', {
    removeSite: async () => {
      tries += 1;
      if (fault !== null) throw fault;
      return { preserved: null };
    },
  });
  for (const _ of [1, 2]) {
    await stage.pulse('reap');
    vi.advanceTimersByTime(minute);
  }
  expect((await stage.task('t1')).site).not.toBeNull();
  expect([tries, stage.warnings()]).toEqual([2, ['not-preserved']]);
  fault = null;
  await stage.pulse('reap');
  expect((await stage.task('t1')).site).toBeNull();
});

test('a site in which a person is at work stays until their session has ended', async () => {
  const stage = await over('done');
  const { key } = await stage.task('t1');
  await stage.store.hold({ key, holder: 'a session', what: 'attached', at: stage.now() });
  await stage.pulse('reap');
  expect(stage.sites.size).toBe(1);
  // The session was killed: its hold is still recorded, but its process is gone.
  await stage.pulseOf(await stage.supervisor('next', { gone: 'a session' }), 'reap');
  expect(stage.sites.size).toBe(0);
});

test('the site of a delivered task is kept for its open pull request, but no longer than sites.keepDays', async () => {
  const removed: string[] = [];
  const site = { checkout: '/w/1-t1-1' };
  let now = 0;
  const clock: Clock = { now: () => now, lease: () => ({ boot: 'b', ms: 0, wall: 0 }), sleep: async () => {}, id: () => 'id' };
  const store = await openStore({ file: ':memory:' });
  const { lease, task } = await claimed(store, 't1');
  await closeAs(store, { lease, to: 'delivered', patch: { site, delivery: { branch: 'yard/t1', base: 'b', commit: 'h1' } } });
  await store.changePull({ key: task.key, at: 0, change: () => ({ pull: sampleRecord({ head: { commit: 'h1', by: 'us', at: 0 } }) }) });
  const repo: Partial<Repo> = {
    within: () => repo as Repo,
    find: async () => ({ root: task.repo, common: task.repo, remote: null, otherRemotes: [] }),
    removeSite: async ({ path }) => (removed.push(path), { preserved: null }),
  };
  const world = await phaseWorld({ store, clock, holder: 'me', emit: () => {}, places: [], repo: repo as Repo });
  for (const day of [13, 15]) {
    now = day * 24 * 60 * minute;
    await reap(world);
    await world.memory.inflight.settled();
    expect(removed).toEqual(day < 14 ? [] : [site.checkout]);
  }
  expect(await store.taskByKey(task.key)).toMatchObject({ state: 'delivered', site: null, delivery: { branch: 'yard/t1' } });
});
