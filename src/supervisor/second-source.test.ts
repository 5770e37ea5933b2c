// A second source beside TODO.md, with ids of another form, needs no change of the supervisor: its task passes all phases
// from intake to done, its folders are removed, and the source is told of each step.
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { fakeMachine } from '../../test/support/fake-place.ts';
import { gitless, gitlessWorld, success } from '../../test/support/gitless-world.ts';
import { memorySource, type MemorySource } from '../../test/support/memory-source.ts';
import { todoSources } from '../../test/support/phase-world.ts';
import { hour, minute } from '../core/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Repo } from '../ports/repo.ts';
import type { Store } from '../ports/store.ts';
import { openStore } from '../store/open.ts';
import { phases, type Phase } from './events.ts';
import { pulse } from './pulse.ts';
import type { World } from './world.ts';

let now = hour;
let store: Store;
let world: World;
let list: MemorySource;
const [sites, gone] = [new Set<string>(), new Set<string>()];
/** The folders that a supervisor left behind when it died. */
const left: Record<string, readonly string[]> = { '/w': [], '/t': [] };

beforeEach(async () => {
  now = hour;
  for (const set of [sites, gone]) set.clear();
  const sleep: Clock['sleep'] = () => setImmediate();
  const clock: Clock = { now: () => now, lease: () => ({ boot: 'b', ms: now, wall: now }), sleep, id: randomUUID };
  const machine = fakeMachine({ clock, worker: () => [{ say: success }, { exit: 0 }], shell: () => [] });
  store = await openStore({ file: ':memory:' });
  await store.addRepo({ root: '/repo', at: now });
  list = memorySource({ repo: '/repo' });
  const removed = async (path: string): Promise<void> => void gone.add(path);
  const repo: Repo = { ...gitless({ sites, removed }), removeBegun: async (path) => (gone.add(path), true) };
  world = {
    ...(await gitlessWorld({ store, clock, machine, repo, holder: 'me', emit: () => {}, settings: {} })),
    sources: [...todoSources(), list.source],
    listFolder: async (path) => left[path] ?? [],
    removeFolder: (path) => removed(path),
  };
});

async function pulses(some: readonly Phase[] = phases): Promise<void> {
  for (let count = 0; count < 8; count += 1) {
    await pulse(world, { phases: some, wait: true, tell: false });
    // A pulse's deadline uses the test's clock, which runs faster than a busy machine reads a real file.
    await world.memory.inflight.settled();
    now += minute;
  }
}

test.each([
  ['GH-12', '1-GH-12'],
  ['feature/x', '1-feature_x'],
])('%s, from intake to done', async (id, folder) => {
  list.open(id, { title: 'Fix it' });
  await pulses();
  expect(await store.task({ repo: '/repo', id })).toMatchObject({ state: 'done', attempts: 1, site: null, ticks: [] });
  expect(list.items.get(id)).toMatchObject({ closed: 'by us' });
  expect([[...sites], [...gone]]).toEqual([[], [`/w/${folder}-1`]]);
  expect(list.progress).toEqual([`${id} running`, `${id} delivered`, `${id} done`]);
});

test('leftovers of a supervisor that died are removed, and folders that only look like them stay', async () => {
  list.open('feature/x', { title: 'Fix it' });
  await pulses();
  left['/w'] = ['1-feature_x-7', '1-feature_y-7', '2-feature_x-7', 'notes'];
  left['/t'] = ['1-feature_x', '1-feature', 'notes'];
  gone.clear();
  await pulses();
  expect([...gone].toSorted()).toEqual(['/t/1-feature_x', '/w/1-feature_x-7']);
});

const states = async () => Object.fromEntries((await store.tasks({})).map(({ id, state }) => [id, state]));

test('a task stays delivered until its subtask there is closed', async () => {
  list.open('GH-1', { title: 'Above' });
  await pulses(['intake']);
  list.open('GH-1/1', { title: 'Below', parent: 'GH-1' });
  await pulses(['watch', 'settle', 'dispatch']);
  expect([await states(), list.items.get('GH-1')?.closed]).toEqual([{ 'GH-1': 'delivered' }, null]);
  list.set('GH-1/1', 'by a person');
  await pulses();
  expect([await states(), list.items.get('GH-1')?.closed]).toEqual([{ 'GH-1': 'done' }, 'by us']);
});

test('closing a task there cancels it, and reopening it lets it be done', async () => {
  list.open('GH-1', { title: 'Fix it' });
  await pulses(['intake']);
  list.set('GH-1', 'by a person');
  await pulses();
  expect(await states()).toEqual({ 'GH-1': 'cancelled' });
  list.set('GH-1', null);
  await pulses();
  expect(await states()).toEqual({ 'GH-1': 'done' });
});

test('progress that could not be reported is reported later, together with newer progress', async () => {
  let fails = true;
  const progress: World['sources'][number]['progress'] = async (given) => {
    if (fails) throw new Error('away');
    await list.source.progress?.(given);
  };
  world = { ...world, sources: [{ ...list.source, progress }] };
  list.open('GH-1', { title: 'Fix it' });
  await pulse(world, { phases: ['intake', 'dispatch'], wait: true, tell: false });
  expect([list.progress, [...(world.memory.untold.get(list.source.name) ?? [])]]).toEqual([[], [1]]);
  fails = false;
  // After a failure it rests for a second, by a clock that the test does not move.
  await expect.poll(async () => (await pulse(world, { phases: [], wait: true, tell: false }), list.progress)).toEqual(['GH-1 running']);
  // A supervisor that stays does not wait for the report.
  list.open('GH-2', { title: 'Fix that' });
  await pulse(world, { phases: ['intake', 'dispatch'], wait: false, tell: false });
  await world.memory.inflight.settled();
  expect(list.progress).toEqual(['GH-1 running', 'GH-2 running']);
});
