// One round of random chaos on a separate yard: two supervisors, which are killed, stopped and drained; workers that are
// killed; tasks that people add, cancel, retry and reset. Then nothing more is disturbed until every task has ended, and
// the invariants are checked.
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { kill, sleeping } from '../support/processes.ts';
import { buildStage, strays, type Stage, type Told } from '../support/stage.ts';
import { plantedSecret, setTrap, type Trap } from '../support/planted-programs.ts';
import { changesSince, pictureOf, type Picture } from '../support/repository-picture.ts';
import { chanceOf, type Chance } from './chance.ts';
import { brokenInvariants } from './invariants.ts';
import { randomScript } from './random-tasks.ts';

export interface Round {
  readonly seed: number;
  readonly tasks: number;
  readonly attempts: number;
  readonly ends: Readonly<Record<string, number>>;
  /** The tasks that ended neither done nor cancelled: state, reason, and number of attempts. */
  readonly odd: readonly string[];
  /** How often each disturbance happened, by name. */
  readonly blows: Readonly<Record<string, number>>;
  readonly broken: readonly string[];
  /** The path of the yard, if something is broken. */
  readonly kept: string | null;
}

const supervisors = 2;
const lastTask = 24;
/** The sleep of a trap's process: no other process sleeps for this time. */
const sleepFor = 5_000_000 + process.pid;

interface Ring {
  readonly stage: Stage;
  readonly chance: Chance;
  readonly running: (ChildProcess | null)[];
  readonly blows: Record<string, number>;
  readonly trap: Trap;
  /** The person's repository before any worker ran. */
  readonly before: Picture;
  added: number;
}

export async function chaosRound(given: {
  readonly seed: number;
  readonly program: string;
  readonly blows: number;
  readonly signal: AbortSignal;
}): Promise<Round> {
  const chance = chanceOf(given.seed);
  const ids = Array.from({ length: lastTask }, (_, index) => `t${index + 1}`);
  const begin = chance.whole(8, 16);
  const stage = await buildStage({
    program: given.program,
    todo: ids
      .slice(0, begin)
      .map((id) => `- [ ] ${id} Task ${id} #auto-dispatch\n`)
      .join(''),
    actions: {},
    env: plantedSecret,
    config: { supervisor: { pollMs: 100 }, worker: { maxSteps: 60, graceSeconds: 1, backoffSeconds: 1, maxRetries: 20 } },
  });
  const trap = setTrap({ root: stage.root, seconds: sleepFor });
  const actions = Object.fromEntries(ids.map((id) => [id, randomScript({ id, chance, trap })]));
  for (const agent of Object.values(stage.agents)) agent.write(actions);
  const running = Array.from({ length: supervisors }, () => null);
  const ring: Ring = { stage, chance, running, blows: {}, trap, before: pictureOf(stage), added: begin };
  try {
    for (let blow = 0; blow < given.blows && !given.signal.aborted; blow += 1) {
      for (const slot of ring.running.keys()) start(ring, slot);
      await wait(chance.whole(20, 600));
      const kind = chance.weighted({
        killSupervisor: 8,
        killWorker: 3,
        stopSupervisor: 1,
        drain: 1,
        add: 2,
        cancel: 1,
        retry: 1,
        reset: 1,
        people: 1,
        go: 6,
      });
      await blows[kind](ring);
      ring.blows[kind] = (ring.blows[kind] ?? 0) + 1;
    }
    return await peace(ring, given.seed);
  } catch (error) {
    await stage.close({ keep: true });
    throw error;
  }
}

/** Without further disturbance, waits until every task has ended, and checks the invariants. */
async function peace(ring: Ring, seed: number): Promise<Round> {
  const { stage } = ring;
  for (let task = 1; task <= lastTask; task += 1) stage.write(join(stage.root, 'agents', `go-t${task}`), '');
  for (const child of ring.running) child?.kill('SIGKILL');
  const { code, stderr } = await stage.run('run', '--concurrency', '4');
  await stage.run('reap');
  const broken = [
    ...(code === 0 || code === 1 || code === 3 ? [] : [`the last run ended with ${code}: ${stderr}`]),
    // If the person's repository is broken, the invariants may not even be computable.
    ...(await brokenInvariants(stage).catch((error: unknown) => [`the invariants cannot be checked: ${String(error)}`])),
    ...changesSince(ring.before, stage).map((what) => `the person's repository: ${what}`),
    ...ring.trap.foreign().map((what) => `a hostile program was run: ${what}`),
    ...sleeping(sleepFor).map((pid) => `process ${pid} of a hostile program is left`),
  ];
  sleeping(sleepFor).forEach(kill);
  const tasks = await stage.json<Told[]>('ls');
  const ends: Record<string, number> = {};
  for (const { state } of tasks) ends[state] = (ends[state] ?? 0) + 1;
  const odd = tasks
    .filter(({ state }) => state !== 'done' && state !== 'cancelled')
    .map((task) => `${task.id} is ${task.state} after ${task.attempts} attempts: ${task.reason}`);
  const attempts = tasks.reduce((sum, task) => sum + task.attempts, 0);
  await stage.close({ keep: broken.length > 0 });
  return { seed, tasks: tasks.length, attempts, ends, odd, blows: ring.blows, broken, kept: broken.length > 0 ? stage.root : null };
}

function start(ring: Ring, slot: number): void {
  const before = ring.running[slot];
  if (before != null && before.exitCode === null && before.signalCode === null) return;
  const child = ring.stage.start('run', '--concurrency', '3');
  child.stdout?.resume();
  child.stderr?.resume();
  ring.running[slot] = child;
}

/** The commands that people type. */
const actions = {
  add: async (ring) => {
    if (ring.added >= lastTask) return;
    ring.added += 1;
    await ring.stage.run('add', `Task t${ring.added}`, '--id', `t${ring.added}`);
  },
  cancel: async ({ stage, chance, added }) => void (await stage.run('cancel', `t${chance.whole(1, added + 1)}`)),
  retry: async ({ stage, chance, added }) => void (await stage.run('retry', `t${chance.whole(1, added + 1)}`)),
  reset: async ({ stage, chance, added }) => void (await stage.run('reset', `t${chance.whole(1, added + 1)}`)),
} satisfies Record<string, (ring: Ring) => Promise<void>>;

const blows = {
  ...actions,
  // Several at once, as scripts and agents do.
  people: async (ring) => {
    const asked = Array.from({ length: ring.chance.whole(2, 7) }, () => ring.chance.weighted({ add: 1, cancel: 2, retry: 3, reset: 2 }));
    await Promise.all(asked.map((action) => actions[action](ring)));
  },
  killSupervisor: async ({ running, chance }) => void running[chance.whole(0, supervisors)]?.kill('SIGKILL'),
  drain: async ({ running, chance }) => void running[chance.whole(0, supervisors)]?.kill('SIGTERM'),
  // Longer than a lease: when it continues, another supervisor has its attempts.
  stopSupervisor: async ({ running, chance }) => {
    const child = running[chance.whole(0, supervisors)];
    child?.kill('SIGSTOP');
    await wait(chance.whole(1000, 20_000));
    child?.kill('SIGCONT');
  },
  killWorker: async ({ stage, chance }) => {
    const [first, ...rest] = strays(stage.home);
    if (first === undefined) return;
    try {
      process.kill(chance.pick([first, ...rest]), 'SIGKILL');
    } catch {
      // It may have ended by itself in between.
    }
  },
  go: async ({ stage, chance, added }) => stage.write(join(stage.root, 'agents', `go-t${chance.whole(1, added + 1)}`), ''),
} satisfies Record<string, (ring: Ring) => Promise<void>>;
