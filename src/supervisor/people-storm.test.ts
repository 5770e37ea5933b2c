// Two supervisors work on twelve tasks, whose workers end when the test lets them, while people cancel, retry, reset and
// add in any order. In every order: no site is removed under a live worker, no worker is started that nobody asked for, and
// each worker that succeeded has delivered, or its task was cancelled.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeMachine, type FakeMachine } from '../../test/support/fake-place.ts';
import { inside } from '../../test/support/fake-site.ts';
import { gitless, gitlessWorld, success } from '../../test/support/gitless-world.ts';
import type { WorkerStep } from '../../test/support/worker-script.ts';
import type { Action } from '../core/task/action.ts';
import type { Clock } from '../ports/clock.ts';
import { request } from '../ports/store.samples.ts';
import type { Store } from '../ports/store.ts';
import { openStore } from '../store/open.ts';
import type { SupervisorEvent } from './events.ts';
import { pulse } from './pulse.ts';
import { resetTask } from './intake/reset.ts';
import type { World } from './world.ts';

const tasks = 12;
type Step = { readonly do: Action | 'let go' | 'add' | 'pulse'; readonly task: number };
const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('pulse', 'pulse', 'pulse', 'cancel', 'retry', 'retry', 'reset', 'let go', 'add'),
  task: fc.integer({ min: 1, max: tasks }),
});

test('any requests of people in any order', async () => {
  const steps = fc.array(step, { minLength: 20, maxLength: 60, size: 'max' });
  const lanes = fc.tuple(steps, steps);
  await fc.assert(fc.asyncProperty(lanes, storm), { numRuns: 25 });
});

interface Yard {
  readonly machine: FakeMachine;
  /** One world for each supervisor, with a database connection of its own. */
  readonly worlds: readonly World[];
  readonly store: Store;
  /** Descriptions of events that must never happen, but did. */
  readonly wrong: string[];
}

async function storm(lanes: readonly (readonly Step[])[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'yard-storm-'));
  const yard = await open(join(folder, 'db'));
  try {
    for (let task = 1; task <= tasks / 2; task += 1) await add(yard, task);
    await Promise.all(lanes.map((steps, lane) => walk(yard, { steps, lane })));
    await peace(yard);
    await look(yard);
  } finally {
    for (const { store } of yard.worlds) await store.end();
    await rm(folder, { recursive: true });
  }
}

async function open(file: string): Promise<Yard> {
  const stores = [await openStore({ file }), await openStore({ file })] as const;
  const [store] = stores;
  const wrong: string[] = [];
  const clock: Clock = {
    now: () => 5,
    lease: () => ({ boot: 'b', ms: 5, wall: 5 }),
    sleep: () => setImmediate(),
    id: randomUUID,
  };
  const worker = ({ cwd }: { readonly cwd: string }): readonly WorkerStep[] => {
    const site = cwd.slice(inside.length);
    if (!sites.has(site)) wrong.push(`a worker was started without its site ${site}`);
    return [{ waitFor: /t\d+/.exec(site)?.[0] ?? '' }, { say: success }, { exit: 0 }];
  };
  const machine = fakeMachine({ clock, worker, shell: () => [] });
  const sites = new Set<string>();
  const removed = async (path: string): Promise<void> => {
    const attempts = (await Promise.all((await store.tasks({})).map(({ key }) => store.attempts(key)))).flat();
    for (const { id, worktree } of attempts) if (worktree === path && machine.alive(id) > 0) wrong.push(`${path} went under its worker`);
  };
  const emit = (event: SupervisorEvent): void => {
    if (event.type === 'warning') wrong.push(`${event.code}: ${event.message}`);
    if (event.type === 'verdict' && machine.alive(event.attempt) > 0) wrong.push(`attempt ${event.attempt} was closed over its worker`);
  };
  const repo = gitless({ sites, removed });
  const worlds = await Promise.all(
    stores.map((own, index) => gitlessWorld({ store: own, clock, machine, repo, emit, holder: `supervisor ${index}`, settings: {} })),
  );
  return { machine, worlds, store, wrong };
}

async function walk(yard: Yard, given: { readonly steps: readonly Step[]; readonly lane: number }): Promise<void> {
  const world = yard.worlds[given.lane]!;
  for (const { do: what, task } of given.steps) {
    if (what === 'pulse') await pulse(world, { phases, wait: false, tell: false });
    else if (what === 'let go') yard.machine.allow(`t${task}`);
    else if (what === 'add') await add(yard, task);
    else await ask(world, { action: what, id: `t${task}` });
    await setImmediate();
  }
}

const phases = ['watch', 'settle', 'dispatch', 'reap'] as const;

const add = ({ store }: Yard, task: number): Promise<unknown> =>
  store.putTask({ repo: '/repo', task: request(`t${task}`, { wanted: true, line: 'none' }), at: 1 });

async function ask(world: World, { action, id }: { readonly action: Action; readonly id: string }): Promise<void> {
  const task = await world.store.task({ repo: '/repo', id });
  if (task === null) return;
  if (action === 'reset') await resetTask(world, task);
  else await world.store.act({ key: task.key, action, at: 2 });
}

/** Lets every worker end while no more requests arrive. */
async function peace({ worlds, store, machine }: Yard): Promise<void> {
  for (let task = 1; task <= tasks; task += 1) machine.allow(`t${task}`);
  const over = async (): Promise<boolean> => (await store.tasks({ states: ['queued', 'running', 'delivered'] })).length === 0;
  for (let pulses = 0; pulses < 100 && !(await over()); pulses += 1)
    for (const world of worlds) await pulse(world, { phases, wait: true, tell: false });
  for (const world of worlds) await pulse(world, { phases: ['reap'], wait: true, tell: false });
}

async function look({ store, wrong, machine }: Yard): Promise<void> {
  expect(wrong).toEqual([]);
  for (const { key, state, site } of await store.tasks({})) {
    expect(['done', 'cancelled']).toContain(state);
    expect(site).toBeNull();
    const path = (await store.transitions(key)).map(({ from, to }) => `${from} ${to}`);
    const attempts = await store.attempts(key);
    const times = (move: string): number => path.filter((one) => one === move).length;
    // One attempt from the start, and at most one more for each time that a person queued the task again.
    expect(attempts.length).toBeLessThanOrEqual(1 + path.filter((move) => move.endsWith(' queued')).length);
    expect(times('running queued')).toBe(0);
    expect(times('queued running')).toBe(attempts.length);
    expect(times('running delivered')).toBe(attempts.filter(({ verdict }) => verdict?.kind === 'work').length);
    for (const { id, verdict, stop } of attempts) {
      expect(machine.alive(id)).toBe(0);
      expect(verdict?.kind).toBe(stop?.reason === 'cancelled' && verdict?.kind !== 'work' ? 'cancelled' : 'work');
    }
  }
}
