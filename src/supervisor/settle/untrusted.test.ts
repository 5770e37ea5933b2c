// A repository's configuration loses its trust while the supervisor works: a worker's changes are not delivered without the
// configured checks, and a change is reported to a person once for each repository.
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { fakeMachine } from '../../../test/support/fake-place.ts';
import { gitless, gitlessWorld, success } from '../../../test/support/gitless-world.ts';
import { textOf } from '../../core/reason/words.ts';
import type { Notice } from '../../core/task/notice.ts';
import type { Settings } from '../../core/settings.ts';
import { second } from '../../core/time.ts';
import type { Clock } from '../../ports/clock.ts';
import { request } from '../../ports/store.samples.ts';
import type { Store } from '../../ports/store.ts';
import { openStore } from '../../store/open.ts';
import type { SupervisorEvent } from '../events.ts';
import { pulse } from '../pulse.ts';
import type { World } from '../world.ts';

const trusted: Settings['untrusted'] = { keys: [], before: false, text: '' };
let now = 0;
let untrusted = trusted;
let store: Store;
let world: World;
let told: SupervisorEvent[] = [];
let notices: Notice[] = [];
let workers = 0;
let checks: readonly string[] = [];

beforeEach(async () => {
  [now, untrusted, told, notices, workers, checks] = [1000, trusted, [], [], 0, []];
  const sleep: Clock['sleep'] = () => setImmediate();
  const clock: Clock = { now: () => now, lease: () => ({ boot: 'b', ms: now, wall: now }), sleep, id: randomUUID };
  const machine = fakeMachine({
    clock,
    worker: () => ((workers += 1), [{ say: success }, { exit: 0 }]),
    shell: ({ command }) => ((checks = [...checks, command]), [{ exit: 0 }]),
  });
  store = await openStore({ file: ':memory:' });
  const repo = gitless({ sites: new Set(), removed: async () => {} });
  const made = await gitlessWorld({ store, clock, machine, repo, holder: 'me', emit: (event) => void told.push(event), settings: {} });
  world = {
    ...made,
    notify: async (notice) => void notices.push(notice),
    settings: async (at) => {
      const settings = await made.settings(at);
      // The effective checks: settings that lack trust do not apply.
      const asked = untrusted.keys.length > 0 && !untrusted.before ? [] : ['npm test'];
      return { ...settings, untrusted, delivery: { ...settings.delivery, checks: asked } };
    },
  };
});

async function passes(phases: Parameters<typeof pulse>[1]['phases'], count = 1): Promise<void> {
  for (let done = 0; done < count; done += 1) {
    await pulse(world, { phases, wait: true, tell: false });
    now += 15 * second;
  }
}

test('if trust is missing when a worker ends, its work waits, and is delivered with its checks once trust is given', async () => {
  await store.putTask({ repo: '/repo', task: request('t1', { wanted: true, line: 'none' }), at: now });
  await passes(['dispatch']);
  expect(workers).toBe(1);
  untrusted = { keys: ['delivery.checks'], before: false, text: 'one' };
  await passes(['watch', 'settle', 'dispatch'], 4);
  const held = await store.task({ repo: '/repo', id: 't1' });
  expect(held).toMatchObject({ state: 'blocked', reason: { code: 'failure', facts: { kind: 'untrusted' } } });
  expect(textOf(held!.reason)).toMatch(/delivery\.checks/);
  untrusted = trusted;
  await passes(['watch', 'settle', 'dispatch'], 4);
  expect(await store.task({ repo: '/repo', id: 't1' })).toMatchObject({ state: 'done', retries: 0 });
  // The first task's work is delivered.
  expect([workers, checks]).toEqual([1, ['npm test']]);
});

test('a change in two repositories is reported for each, as a warning and to a person, once', async () => {
  untrusted = { keys: ['delivery.checks'], before: true, text: 'one' };
  for (const repo of ['/one', '/two'])
    for (const id of ['t1', 't2']) await store.putTask({ repo, task: request(id, { wanted: true, line: 'none' }), at: now });
  await passes(['watch', 'settle', 'dispatch'], 4);
  const warned = told.flatMap((event) => (event.type === 'warning' && event.code === 'untrusted' ? [event.repo] : []));
  expect(warned).toEqual(['/one', '/two']);
  expect(notices).toMatchObject(
    ['/one', '/two'].map((repo) => ({
      kind: 'alarm',
      repo,
      message: expect.stringContaining(repo),
      command: `yardmaster trust --repo ${repo}`,
    })),
  );
  expect((await store.tasks({ states: ['done'] })).length).toBe(4);
  // The same keys, changed once more.
  untrusted = { ...untrusted, text: 'two' };
  await store.putTask({ repo: '/one', task: request('t3', { wanted: true, line: 'none' }), at: now });
  await passes(['watch', 'settle', 'dispatch'], 4);
  expect([told.filter((event) => event.type === 'warning' && event.code === 'untrusted').length, notices.length]).toEqual([3, 3]);
});
