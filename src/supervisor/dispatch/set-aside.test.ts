// A repository that cannot be used for a while: its tasks wait for it, one of them tries it now and then, a person is told
// once, and all continue when it is back.
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { fakeMachine } from '../../../test/support/fake-place.ts';
import { gitless, gitlessWorld, success } from '../../../test/support/gitless-world.ts';
import { Fault } from '../../core/fault.ts';
import type { Notice } from '../../core/task/notice.ts';
import { hour, minute, second } from '../../core/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Repo } from '../../ports/repo.ts';
import { request } from '../../ports/store.samples.ts';
import type { Store } from '../../ports/store.ts';
import { openStore } from '../../store/open.ts';
import type { SupervisorEvent } from '../events.ts';
import { pulse } from '../pulse.ts';
import type { World } from '../world.ts';

const ids = Array.from({ length: 12 }, (_, index) => `t${index + 1}`);
let now = 0;
let away: Fault | null = null;
let pushes: 'arrive' | 'unreachable' = 'arrive';
let store: Store;
let world: World;
let told: SupervisorEvent[] = [];
let notices: Notice[] = [];
let workers = 0;

beforeEach(async () => {
  [now, away, pushes, told, notices, workers] = [1000, null, 'arrive', [], [], 0];
  const sleep: Clock['sleep'] = () => setImmediate();
  const clock: Clock = { now: () => now, lease: () => ({ boot: 'b', ms: now, wall: now }), sleep, id: randomUUID };
  const machine = fakeMachine({ clock, worker: () => ((workers += 1), [{ say: success }, { exit: 0 }]), shell: () => [] });
  store = await openStore({ file: ':memory:' });
  const sites = gitless({ sites: new Set(), removed: async () => {} });
  const repo = {
    ...sites,
    within: () => repo,
    find: async (...args: Parameters<Repo['find']>) => ({ ...(await sites.find(...args)), remote: 'origin' }),
    makeSite: async (site: Parameters<Repo['makeSite']>[0]) => {
      if (away !== null) throw away;
      return sites.makeSite(site);
    },
    pushHooks: async () => [],
    remoteAddress: async () => ({ fetch: [], push: [] }),
    push: async ({ commit }: Parameters<Repo['push']>[0]) =>
      pushes === 'arrive'
        ? ({ pushed: true, commit } as const)
        : ({ pushed: false, why: 'unreachable', message: 'origin does not answer' } as const),
  } as Repo;
  world = await gitlessWorld({ store, clock, machine, repo, holder: 'me', emit: (event) => void told.push(event), settings: {} });
  world = { ...world, notify: async (notice) => void notices.push(notice) };
  for (const id of ids) await store.putTask({ repo: '/repo', task: request(id, { wanted: true, line: 'none' }), at: now });
});

/** Lets this much time pass, with a pulse every ten seconds. */
async function passes(time: number): Promise<void> {
  for (const end = now + time; now < end; now += 10 * second)
    await pulse(world, { phases: ['watch', 'settle', 'dispatch', 'account'], wait: true, tell: false });
}
const states = async (): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { state } of await store.tasks({})) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
};
const tries = async (): Promise<number> => (await store.tasks({})).reduce((sum, { attempts }) => sum + attempts, 0);
const warnings = (): unknown[] => told.flatMap((event) => (event.type === 'warning' ? [event.code] : []));

test.each(['fetch-failed', 'not-a-repository', 'unusable-repository', 'worktree-failed', 'read-only', 'unreachable'] as const)(
  'away for an hour (%s): no task fails or is charged, one of them tries it, it is told once, and all go on',
  async (code) => {
    away = new Fault({ code, message: 'main could not be fetched from origin: no route to host', hint: 'check the network' });
    await passes(hour);
    expect(await states()).toEqual({ queued: 12 });
    expect((await store.tasks({})).map(({ retries }) => retries)).toEqual(ids.map(() => 0));
    // The tasks that were begun before the outage was known, and then one task after each back-off, which grows to five
    // minutes.
    expect(await tries()).toBeLessThan(4 + 30);
    expect(workers).toBe(0);
    expect(warnings()).toEqual(['repository-away']);
    expect(notices).toMatchObject([{ kind: 'alarm', task: null, repo: '/repo', message: expect.stringContaining('no route to host') }]);
    away = null;
    await passes(6 * minute);
    expect(await states()).toEqual({ done: 12 });
    expect(workers).toBe(12);
    expect(notices).toHaveLength(1);
  },
);

test('moved away together with the configuration of its agents: no task is blocked for lack of an agent, and all continue', async () => {
  let isThere = false;
  const { repo, settings } = world;
  world = {
    ...world,
    settings: async (root) => (isThere ? settings(root) : { ...(await settings(root)), agents: {} }),
    repo: {
      ...repo,
      find: async (...args) => {
        if (!isThere) throw new Fault({ code: 'not-a-repository', message: '/repo is not a folder', hint: 'name one' });
        return repo.find(...args);
      },
    },
  };
  await passes(hour);
  expect(await states()).toEqual({ queued: 12 });
  expect(await tries()).toBe(0);
  expect(warnings()).toEqual(['repository-away']);
  expect(notices).toMatchObject([{ repo: '/repo', message: expect.stringContaining('/repo is not a folder') }]);
  isThere = true;
  await passes(6 * minute);
  expect(await states()).toEqual({ done: 12 });
  expect(notices).toHaveLength(1);
});

test('a later outage is reported again', async () => {
  for (const _ of [1, 2]) {
    away = new Fault({ code: 'fetch-failed', message: 'no route to host', hint: 'check the network' });
    await passes(minute);
    away = null;
    await passes(6 * minute);
    await store.putTask({ repo: '/repo', task: request('t13', { wanted: true, line: 'none' }), at: now });
  }
  expect(await states()).toEqual({ done: 13 });
  expect(notices).toHaveLength(2);
});

test('the remote takes no push for an hour: no worker is started twice, nothing fails, it is reported once, and all work arrives', async () => {
  pushes = 'unreachable';
  await passes(hour);
  expect((await states())['failed']).toBe(undefined);
  expect(warnings()).toEqual(['repository-away']);
  expect(notices).toHaveLength(1);
  pushes = 'arrive';
  await passes(6 * minute);
  expect(await states()).toEqual({ done: 12 });
  expect((await store.tasks({})).map(({ retries }) => retries)).toEqual(ids.map(() => 0));
  expect(workers).toBe(12);
});

test('tasks of another repository continue meanwhile', async () => {
  const made = world.repo.makeSite;
  const repo = { ...world.repo, within: () => repo } as Repo;
  repo.makeSite = async (site) => {
    if (site.root === '/repo') throw new Fault({ code: 'fetch-failed', message: 'away', hint: 'wait' });
    return made(site);
  };
  world = { ...world, repo };
  await store.putTask({ repo: '/other', task: request('t1', { wanted: true, line: 'none' }), at: now });
  await passes(minute);
  expect(await store.task({ repo: '/other', id: 't1' })).toMatchObject({ state: 'done' });
});

test('a person who retries a task has its repository tried at once', async () => {
  away = new Fault({ code: 'fetch-failed', message: 'no route to host', hint: 'check the network' });
  await passes(hour);
  away = null;
  const before = await tries();
  await store.act({ key: 1, action: 'retry', at: now });
  await pulse(world, { phases: ['watch', 'settle', 'dispatch'], wait: true, tell: false });
  expect(await tries()).toBeGreaterThan(before);
  await passes(minute);
  expect(await states()).toEqual({ done: 12 });
});
