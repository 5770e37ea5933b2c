// Parts of the environment that are missing for a while: an agent's program while an update replaces it, and a place that
// does not answer.
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { fakeMachine, type FakeMachine } from '../../../test/support/fake-place.ts';
import { inside } from '../../../test/support/fake-site.ts';
import { gitless, gitlessWorld, success } from '../../../test/support/gitless-world.ts';
import { Fault } from '../../core/fault.ts';
import { minute, second } from '../../core/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Place } from '../../ports/place.ts';
import { request } from '../../ports/store.samples.ts';
import type { Store } from '../../ports/store.ts';
import { openStore } from '../../store/open.ts';
import type { SupervisorEvent } from '../events.ts';
import { pulse } from '../pulse.ts';
import type { World } from '../world.ts';
import { because } from '../../core/core.samples.ts';

const ids = Array.from({ length: 6 }, (_, index) => `t${index + 1}`);
let now = 0;
let store: Store;
let machine: FakeMachine;
let world: World;
let told: SupervisorEvent[] = [];

beforeEach(async () => {
  [now, told] = [1000, []];
  const sleep: Clock['sleep'] = () => setImmediate();
  const clock: Clock = { now: () => now, lease: () => ({ boot: 'b', ms: now, wall: now }), sleep, id: randomUUID };
  machine = fakeMachine({ clock, worker: () => [{ say: success }, { exit: 0 }], shell: () => [] });
  store = await openStore({ file: ':memory:' });
  const repo = gitless({ sites: new Set(), removed: async () => {} });
  world = await gitlessWorld({ store, clock, machine, repo, holder: 'me', emit: (event) => void told.push(event), settings: {} });
});

const add = async (names: readonly string[], agent: string | null = null): Promise<void> => {
  for (const id of names) await store.putTask({ repo: '/repo', task: request(id, { wanted: true, line: 'none', agent }), at: now });
};
/** Lets each agent finish a task, so that a supervisor has recorded that both programs were there. */
async function used(): Promise<void> {
  await add(['t8'], 'claude');
  await passes(10 * second);
}
const away = (): void => ['opencode', 'claude'].forEach((name) => void machine.files.delete(`${inside}/bin/${name}`));
const back = (): void => ['opencode', 'claude'].forEach((name) => void machine.files.set(`${inside}/bin/${name}`, ''));

async function passes(time: number): Promise<void> {
  for (const end = now + time; now < end; now += second)
    await pulse(world, { phases: ['watch', 'settle', 'dispatch', 'account'], wait: true, tell: false });
}
const states = async (): Promise<readonly string[]> => [...new Set((await store.tasks({ ids })).map(({ state }) => state))];
const refusals = (): unknown[] => told.flatMap((event) => (event.type === 'refused' ? [event.task] : []));

test.each([null, 'opencode'])(
  'programs that are away for four seconds: no task is blocked, each program is reported once, and all tasks continue (%s)',
  async (agent) => {
    await used();
    away();
    await add(ids, agent);
    await passes(4 * second);
    expect(await states()).toEqual(['queued']);
    expect(refusals()).toEqual(ids);
    back();
    await passes(10 * second);
    expect(await states()).toEqual(['done']);
  },
);

test('programs that are away for longer than five minutes: tasks are blocked with the reason, and continue by themselves once the programs are back', async () => {
  await used();
  away();
  await add(ids);
  await passes(5 * minute - second);
  expect(await states()).toEqual(['queued']);
  await passes(10 * second);
  const missing = { code: 'agent-not-there', facts: { agent: 'opencode', by: null, awaited: false } };
  expect(await store.tasks({ ids })).toMatchObject(
    ids.map(() => ({
      state: 'blocked',
      reason: { code: 'no-route', facts: { refused: 'no-agent', route: expect.arrayContaining([missing]) } },
    })),
  );
  back();
  await passes(minute);
  expect(await states()).toEqual(['done']);
  expect((await store.tasks({ ids })).map(({ retries }) => retries)).toEqual(ids.map(() => 0));
});

test('a program that is away again after it was back is waited for again', async () => {
  await used();
  for (const id of ids) {
    away();
    await add([id]);
    await passes(4 * minute);
    back();
    await passes(5 * minute);
  }
  expect(await states()).toEqual(['done']);
});

test('programs that were never there: tasks are blocked at once, and continue once the programs are installed', async () => {
  away();
  await add(ids);
  await passes(second);
  expect(await states()).toEqual(['blocked']);
  back();
  await passes(minute);
  expect(await states()).toEqual(['done']);
});

test('a task that only a person can unblock stays blocked', async () => {
  await add(['t1']);
  await store.moveTask({ key: 1, from: ['queued'], to: 'blocked', reason: because('request: the model is unknown'), at: now });
  await passes(minute);
  expect(await states()).toEqual(['blocked']);
});

test('a place that does not answer is reported once, and its tasks continue when it answers', async () => {
  let silent = true;
  const place = machine.place();
  const find: Place['find'] = async (given) => {
    if (silent) throw new Fault({ code: 'place-unreachable', message: 'fake does not answer', hint: 'look at it' });
    return place.find(given);
  };
  world = { ...world, places: new Map([['fake', { ...place, find }]]) };
  await add(ids);
  await passes(minute);
  expect(await states()).toEqual(['queued']);
  expect(told.flatMap((event) => (event.type === 'warning' ? [event.code] : []))).toEqual(['place-unreachable']);
  silent = false;
  await passes(minute);
  expect(await states()).toEqual(['done']);
});
