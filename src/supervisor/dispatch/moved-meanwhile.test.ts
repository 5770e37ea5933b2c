// Another supervisor begins a task between two steps of this one: the task is then the other one's, and earlier decisions
// of this supervisor no longer change it.
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fakeMachine } from '../../../test/support/fake-place.ts';
import { gitlessWorld } from '../../../test/support/gitless-world.ts';
import { phaseWorld, todoSources } from '../../../test/support/phase-world.ts';
import { loadSettings } from '../../config/load.ts';
import type { Attempt } from '../../core/task/attempt.ts';
import { claimBy, closeAs, request } from '../../ports/store.samples.ts';
import type { Store } from '../../ports/store.ts';
import { openStore } from '../../store/open.ts';
import { dispatch } from './dispatch.ts';
import type { SupervisorEvent } from '../events.ts';
import { finish } from '../settle/finish.ts';
import { intake } from '../intake/intake.ts';
import type { World } from '../world.ts';

let repo = '';
let store: Store;
let world: World;
let told: SupervisorEvent[] = [];

beforeEach(async () => {
  [repo, told] = [await mkdtemp(join(tmpdir(), 'yard-meanwhile-')), []];
  store = await openStore({ file: ':memory:' });
  const clock = { now: () => 5, lease: () => ({ boot: '', ms: 0, wall: 0 }), sleep: async () => {}, id: randomUUID };
  world = await phaseWorld({ store, clock, holder: 'me', emit: (event) => void told.push(event), places: [], sources: todoSources() });
  world = { ...world, scope: { ...world.scope, repo } };
});
afterEach(() => rm(repo, { recursive: true }));

async function add(id: string, agent: string | null = null): Promise<number> {
  await store.putTask({ repo, task: request(id, { wanted: true, agent }), at: 1 });
  return (await store.task({ repo, id }))!.key;
}

async function begun(key: number): Promise<Attempt> {
  const claim = await claimBy(store, { taskKey: key, holder: 'another' });
  if (!claim.claimed) throw new Error(claim.why);
  return claim.attempt;
}

const moves = (): SupervisorEvent[] => told.filter(({ type }) => type === 'task');

test('a task that runs, or whose work is being finished, is not started again by its schedule', async () => {
  const working = await add('t1');
  await begun(working);
  const finishing = await add('t2');
  const claim = await claimBy(store, { taskKey: finishing });
  if (claim.claimed) await closeAs(store, { lease: claim.lease, to: 'delivered' });
  for (const name of ['t1', 't2']) await store.putSchedule({ repo, cron: '* * * * *', target: { kind: 'task', name }, nextAt: 3, at: 2 });
  await writeFile(join(repo, 'TODO.md'), '');
  await intake(world);
  expect((await store.tasks({})).map(({ state }) => state)).toEqual(['running', 'delivered']);
  expect(told).toEqual(['t1', 't2'].map((task) => expect.objectContaining({ type: 'warning', task, code: 'schedule-skipped' })));
});

test('a task that is ticked by hand in TODO.md continues', async () => {
  const [other, key] = [await add('t1'), await add('t2')];
  await writeFile(join(repo, 'TODO.md'), '- [ ] t1 Title of t1 #auto-dispatch\n- [x] t2 Title of t2\n');
  // Between the last read of the tasks and the move.
  const tasks: Store['tasks'] = async (filter) => {
    const found = await store.tasks(filter);
    if (filter.ids !== undefined) await begun(key);
    return found;
  };
  await intake({ ...world, store: { ...store, tasks } });
  expect((await store.taskByKey(other))?.state).toBe('queued');
  expect(await store.taskByKey(key)).toMatchObject({ state: 'running', attempts: 1 });
  expect(moves()).toEqual([]);
});

test('a task for which this supervisor has no route is not blocked', async () => {
  const key = await add('t1', 'nobody');
  const { settings } = await loadSettings({ env: {}, repo: null, flags: {} });
  // Called between the read of the tasks and the route.
  const asked = async () => {
    if ((await store.openAttempts()).length === 0) await begun(key);
    return settings;
  };
  const vault = { accounts: async () => [] } as unknown as World['vault'];
  const machine = fakeMachine({ clock: world.clock, worker: () => [], shell: () => [] });
  await dispatch({ ...world, settings: asked, vault, places: new Map([['local', machine.place()]]) });
  expect(await store.taskByKey(key)).toMatchObject({ state: 'running', attempts: 1 });
  expect(moves()).toEqual([]);
});

test.each([
  ['not again', true],
  ['tried', false],
])('a sign-in whose trial ends while a pulse looks by what it saw before: %s', async (_, ends) => {
  const machine = fakeMachine({ clock: world.clock, worker: () => [], shell: () => [] });
  const find: World['repo']['find'] = async (root) => {
    if (ends) trying.memory.answers += 1;
    return { root, common: root, remote: null, otherRemotes: [] };
  };
  const trying = await gitlessWorld({
    ...{ store, clock: world.clock, holder: 'me', emit: () => {}, machine, settings: {} },
    repo: { find } as Partial<World['repo']> as World['repo'],
  });
  const plan = {
    name: 'plan',
    provider: 'anthropic',
    billing: 'subscription',
    agents: null,
    shared: false,
    secret: { kind: 'agent', agent: 'claude' },
  };
  const vault = { accounts: async () => [plan], credential: async () => null } as unknown as World['vault'];
  await add('t1');
  await dispatch({ ...trying, vault });
  expect(trying.memory.inflight.has('sign-in plan')).toBe(!ends);
  trying.memory.inflight.abort('sign-in plan');
  await trying.memory.inflight.settled();
});

test('a task that a person resets while its line is being ticked is not cancelled by that tick', async () => {
  const path = join(repo, 'TODO.md');
  await writeFile(path, '- [ ] t1 Title of t1 #auto-dispatch\n');
  await intake(world);
  const { key } = (await store.task({ repo, id: 't1' }))!;
  const claim = await claimBy(store, { taskKey: key });
  if (claim.claimed) await closeAs(store, { lease: claim.lease, to: 'delivered' });
  // The last step of a reset, between the tick and the move.
  const moveTask: Store['moveTask'] = async (move) => {
    await store.act({ key, action: 'reset', at: 3 });
    return store.moveTask(move);
  };
  await finish({ ...world, store: { ...store, moveTask } }, { repo, signal: new AbortController().signal });
  await intake(world);
  expect(await store.taskByKey(key)).toMatchObject({ state: 'queued', reason: { code: 'reset' } });
  expect(await readFile(path, 'utf8')).toBe('- [ ] t1 Title of t1 #auto-dispatch\n');
});
