// The supervisor leaves alone workers about which nothing is known, and says so once.
import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { fakeMachine, type FakeMachine } from '../../../test/support/fake-place.ts';
import { phaseWorld } from '../../../test/support/phase-world.ts';
import type { Launch } from '../../core/task/attempt.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { request } from '../../ports/store.samples.ts';
import { openStore } from '../../store/open.ts';
import type { SupervisorEvent } from '../events.ts';
import { findLeftovers } from '../reap/leftovers.ts';
import { settle } from '../settle/settle.ts';
import { watch } from './watch.ts';
import type { World } from '../world.ts';
import { because, sampleRoute } from '../../core/core.samples.ts';
import { inWords } from '../../core/reason/said.ts';

const host = 'machine in memory';
let now = 0;
let store: Store;
let machine: FakeMachine;
let told: SupervisorEvent[] = [];

const lease = (): ReturnType<Clock['lease']> => ({ boot: 'this boot', ms: now, wall: now });
const clock: Clock = { now: () => now, lease, sleep: async () => {}, id: randomUUID };

beforeEach(async () => {
  [now, told] = [1000, []];
  machine = fakeMachine({ clock, worker: () => [{ say: '{}\n' }, { hang: true }], shell: () => [] });
  store = await openStore({ file: ':memory:' });
});

const supervisor = (holder: string): Promise<World> =>
  phaseWorld({ store, clock, holder, emit: (event) => void told.push(event), places: [machine.place()] });

/** Leaves a task whose worker was started in the place `fake` on this host, by a supervisor that is gone. */
async function left(at: string, { place = 'fake', recorded = true } = {}): Promise<{ id: string; launch: Launch }> {
  await store.putTask({ repo: '/r', task: request('t1'), at: now });
  const task = await store.task({ repo: '/r', id: 't1' });
  const route = { ...sampleRoute, agent: 'opencode', place, host: at };
  const id = randomUUID();
  const claim = await store.claim({
    ...{
      id,
      taskKey: task!.key,
      route,
      session: 's',
      holder: 'gone',
      leaseFor: 1000,
      leaseFrom: lease(),
      at: now,
      reason: because('first'),
      admit: () => true,
    },
  });
  if (!claim.claimed) throw new Error(claim.why);
  const spec = { file: 'agent', args: [], env: { set: {}, unset: [], secret: [] }, stdin: null, cwd: '/', files: [] };
  const record = async (started: Launch): Promise<void> =>
    void (
      recorded && (await store.patchAttempt({ lease: claim.lease, patch: { launch: { ...started, place, host: at }, state: 'running' } }))
    );
  const launch = await machine.place().launch({ spec, folder: '/f', marker: id, isolate: 'off', protect: [], writable: [], record });
  await store.release({ holder: 'gone' });
  return { id, launch };
}

const pulse = async (world: World): Promise<void> => {
  // Far enough that leases are examined.
  now += 6000;
  await watch(world);
  await settle(world);
  await world.memory.inflight.settled();
};
const warnings = (): unknown[] => told.flatMap((event) => (event.type === 'warning' ? [`${event.code} ${event.task}`] : []));

test.each([
  ['another host', 'another machine', 'fake'],
  ['a place that is not there', host, 'pool'],
])('of %s: it is not taken over, and told once', async (_, at, place) => {
  const { id } = await left(at, { place });
  const before = await store.attempt(id);
  const world = await supervisor('me');
  await pulse(world);
  await pulse(world);
  expect(await store.attempt(id)).toEqual(before);
  expect(await store.holders()).toEqual([]);
  expect([...world.memory.unreachable]).toEqual([id]);
  expect(warnings()).toEqual(['place-unreachable t1']);
  expect(machine.alive(id)).toBe(1);
});

test('a worker on a machine that does not answer stays ours, and is neither stopped nor settled until the machine answers', async () => {
  const { id } = await left(host);
  const world = await supervisor('me');
  machine.cutOff(true);
  await store.requestStop({ attempt: id, stop: { reason: 'cancelled', said: { code: 'cancelled', facts: {} }, until: null } });
  await pulse(world);
  await pulse(world);
  expect(await store.attempt(id)).toMatchObject({ state: 'running', verdict: null });
  expect(await store.holders()).toEqual(['me']);
  expect(warnings()).toEqual(['place-unreachable t1']);
  expect(machine.alive(id)).toBe(1);
  machine.cutOff(false);
  await pulse(world);
  expect(machine.alive(id)).toBe(0);
});

test('an attempt whose preparation was interrupted stays open until its remaining processes can be ended', async () => {
  const { id } = await left(host, { recorded: false });
  const world = await supervisor('me');
  machine.cutOff(true);
  await pulse(world);
  expect(await store.attempt(id)).toMatchObject({ state: 'preparing', verdict: null });
  expect(machine.alive(id)).toBe(1);
  expect(warnings()).toEqual(['place-unreachable null']);
});

test('an attempt that is being settled waits, too: its processes cannot be ended without reaching the machine', async () => {
  const { id } = await left(host);
  const world = await supervisor('me');
  await pulse(world);
  const lease = world.memory.held.get(id)?.lease;
  expect(await store.patchAttempt({ lease: lease!, patch: { state: 'settling' } })).toBe('ok');
  machine.cutOff(true);
  await pulse(world);
  expect(await store.attempt(id)).toMatchObject({ state: 'settling', verdict: null });
  expect(warnings()).toEqual(['place-unreachable t1']);
});

test('a machine that was restarted has answered: a worker without output was never started', async () => {
  machine = fakeMachine({ clock, worker: () => [{ hang: true }], shell: () => [] });
  const { id } = await left(host);
  const world = await supervisor('me');
  await pulse(world);
  await store.patchAttempt({ lease: world.memory.held.get(id)!.lease, patch: { state: 'preparing' } });
  machine.reboot();
  await pulse(world);
  expect(await store.attempt(id)).toMatchObject({ state: 'closed', verdict: { kind: 'stopped' } });
  expect((await store.taskByKey(1))?.state).toBe('queued');
  expect(warnings()).toEqual([]);
});

test('leftovers of a closed attempt are searched for in each place, and reported with the place', async () => {
  const { id } = await left(host);
  const world = await supervisor('me');
  expect(await findLeftovers(world)).toEqual([]);
  await pulse(world);
  const closing = {
    verdict: { kind: 'killed', said: inWords(''), until: null, feedback: null } as const,
    cost: 0,
    steps: 0,
    commits: 0,
    at: now,
  };
  const tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  await store.close({
    lease: world.memory.held.get(id)!.lease,
    closing: { ...closing, tokens, ledger: [] },
    task: { to: 'queued', reason: because('again'), patch: {} },
  });
  expect(await findLeftovers(world)).toMatchObject([{ kind: 'processes', place: 'fake', attempt: id }]);
});
