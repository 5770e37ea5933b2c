// A stage for tests that run single phases of one supervisor or several: over a store and a machine in memory, a clock that
// only the test moves, repositories without git, and workers that follow a script.
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Settings } from '../core/settings.ts';
import type { Attempt } from '../core/task/attempt.ts';
import type { Notice } from '../core/task/notice.ts';
import type { Task, TaskRequest } from '../core/task/task.ts';
import { second } from '../core/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { CommandSpec } from '../ports/command-spec.ts';
import type { PushResult } from '../ports/repo-updates.ts';
import type { Repo } from '../ports/repo.ts';
import type { Store } from '../ports/store.ts';
import { request } from '../ports/store.samples.ts';
import { openStore } from '../store/open.ts';
import type { Phase, SupervisorEvent } from './events.ts';
import { pulse } from './pulse.ts';
import type { World } from './world.ts';
import { fakeMachine, type FakeMachine } from '../../test/support/fake-place.ts';
import { gitless, gitlessWorld } from '../../test/support/gitless-world.ts';
import type { WorkerStep } from '../../test/support/worker-script.ts';

export interface PhaseStage {
  readonly store: Store;
  readonly machine: FakeMachine;
  readonly world: World;
  /** The commands of the workers that were started, in order. */
  readonly started: readonly CommandSpec[];
  readonly told: readonly SupervisorEvent[];
  readonly notices: readonly Notice[];
  /** Paths of the sites that exist. */
  readonly sites: Set<string>;
  /** Another supervisor of the same home. It considers the supervisor named `gone` dead. */
  supervisor(holder: string, more?: Partial<World> & { readonly gone?: string }): Promise<World>;
  now(): number;
  pass(ms: number): void;
  /** Adds a task of /repo that is marked for dispatch. */
  add(id: string, more?: Partial<TaskRequest>): Promise<Task>;
  task(id: string): Promise<Task>;
  attempts(id: string): Promise<readonly Attempt[]>;
  /** Runs these phases in the first supervisor and waits for every operation that they begin. */
  pulse(...phases: readonly Phase[]): Promise<void>;
  pulseOf(world: World, ...phases: readonly Phase[]): Promise<void>;
  warnings(): readonly string[];
}

export async function phaseStage(given: {
  /** The script of the nth worker. */
  readonly worker?: (nth: number) => readonly WorkerStep[];
  readonly shell?: (command: string) => readonly WorkerStep[];
  readonly repo?: Partial<Repo>;
  readonly settings?: Partial<Settings>;
}): Promise<PhaseStage> {
  let now = 1_000_000;
  const told: SupervisorEvent[] = [];
  const notices: Notice[] = [];
  const started: CommandSpec[] = [];
  const sites = new Set<string>();
  const clock: Clock = {
    now: () => now,
    lease: () => ({ boot: 'b', ms: now, wall: now }),
    // Sleeps that serve as deadlines of minutes never end in these tests.
    sleep: (ms) => (ms > 10 * second ? new Promise(() => {}) : setImmediate()),
    id: randomUUID,
  };
  const machine = fakeMachine({
    clock,
    worker: (spec) => {
      started.push(spec);
      return given.worker?.(started.length) ?? [];
    },
    shell: ({ command }) => given.shell?.(command) ?? [],
  });
  const store = await openStore({ file: ':memory:' });
  const repo = { ...gitless({ sites, removed: async () => {} }), ...given.repo, within: () => repo } as Repo;
  const supervisor: PhaseStage['supervisor'] = async (holder, { gone, ...more } = {}) => {
    const emit = (event: SupervisorEvent): void => void told.push(event);
    const world = await gitlessWorld({ store, clock, machine, repo, holder, emit, settings: given.settings ?? {} });
    const host = { ...world.host, isGone: (other: string) => other === gone };
    return { ...world, host, notify: async (notice) => void notices.push(notice), ...more };
  };
  const world = await supervisor('first');
  const task = async (id: string): Promise<Task> => (await store.task({ repo: '/repo', id }))!;
  const pulseOf: PhaseStage['pulseOf'] = (of, ...phases) => pulse(of, { phases, wait: true, tell: false });
  return {
    ...{ store, machine, world, started, told, notices, sites, supervisor, task, pulseOf },
    now: () => now,
    pass: (ms) => void (now += ms),
    async add(id, more = {}) {
      await store.putTask({ repo: '/repo', task: request(id, { wanted: true, line: 'none', ...more }), at: now });
      return task(id);
    },
    attempts: async (id) => store.attempts((await task(id)).key),
    pulse: (...phases) => pulseOf(world, ...phases),
    warnings: () => told.flatMap((event) => (event.type === 'warning' ? [event.code] : [])),
  };
}

/** An OpenCode step of this cost, after which the worker continues. */
export function stepOf(dollars: number): WorkerStep {
  const tokens = '{"input":1,"output":1,"cache":{}}';
  const part = `{"reason":"tool-calls","cost":${dollars},"tokens":${tokens}}`;
  return { say: `{"type":"step_start","sessionID":"s","part":{}}\n{"type":"step_finish","sessionID":"s","part":${part}}\n` };
}

/** A remote that keeps the commits pushed to it, and refuses them while `refuses` is set. */
export function remoteStage() {
  const remote = { pushed: [] as string[], refuses: null as string | null };
  const repo: Partial<Repo> = {
    find: async (root) => ({ root, common: `${root}/.git`, remote: 'origin', otherRemotes: [] }),
    pushHooks: async () => [],
    remoteAddress: async () => ({ fetch: [], push: [] }),
    async push({ commit }): Promise<PushResult> {
      if (remote.refuses !== null) return { pushed: false, why: 'refused', message: remote.refuses };
      remote.pushed.push(commit);
      return { pushed: true, commit, ref: 'refs/heads/work' };
    },
  };
  return { remote, repo };
}
