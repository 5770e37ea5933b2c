// A machine in memory, and the place on it. Workers are scripts of steps; they are started, found again, read and ended as
// the contract of places says, and see other paths than the supervisor does. Its time is that of the given clock. Several
// places on one machine stand for several supervisors that use it, one after the other or at once.
import { constants } from 'node:os';
import { Fault } from '../../src/core/fault.ts';
import type { Launch } from '../../src/core/task/attempt.ts';
import type { PlaceFacts } from '../../src/core/route/place.ts';
import type { Exit } from '../../src/core/transcript/transcript.ts';
import type { CommandSpec, LaidFile } from '../../src/ports/command-spec.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ShellCommand } from '../../src/ports/host.ts';
import type { Boundary, Place, Stream } from '../../src/ports/place.ts';
import { fakeSite, findIn, within as seen, type Files } from './fake-site.ts';
import type { WorkerStep } from './worker-script.ts';

export interface FakeMachine {
  place(): Place;
  /** The files of the machine. */
  readonly files: Files;
  /** Lets workers that wait for this name continue, now and later. */
  allow(name: string): void;
  /** How many processes carry the marker. */
  alive(marker: string): number;
  /** All of a worker's processes disappear, without an exit status. */
  vanish(marker: string): void;
  /** The machine restarts: no process remains, but everything that was written does. */
  reboot(): void;
  /** While it is cut off, nobody can tell what happens there; its workers continue. */
  cutOff(is: boolean): void;
}

interface Running {
  readonly pid: number;
  readonly marker: string;
  readonly isolated: boolean;
  /** A process that a worker or command left behind; it has no output and no exit status. */
  readonly child: boolean;
  readonly out: { stdout: string; stderr: string; both: string };
  onTerm: 'end' | 'ignore' | { readonly say: string; readonly exit: number };
  alive: boolean;
  status: { readonly exit: Exit; readonly at: number } | null;
  readonly ended: PromiseWithResolvers<void>;
}

const memoryOfOne = 10_000_000;

export function fakeMachine(given: {
  readonly clock: Clock;
  readonly facts?: Partial<PlaceFacts>;
  /** The behaviour of the worker of a command. */
  readonly worker: (spec: CommandSpec) => readonly WorkerStep[];
  /** The behaviour of a shell command line; a test can check where and with what it is run. */
  readonly shell: (given: ShellCommand & Boundary) => readonly WorkerStep[];
}): FakeMachine {
  const { clock } = given;
  const facts: PlaceFacts = { name: 'fake', host: 'machine in memory', agents: 'any', accounts: 'any', capacity: null, ...given.facts };
  const all = new Map<number, Running>();
  const files: Files = new Map();
  const folders = new Set<string>();
  const gates = new Map<string, PromiseWithResolvers<void>>();
  let cut = false;
  const silence = `${facts.host} does not answer`;

  const gate = (name: string): PromiseWithResolvers<void> => {
    const known = gates.get(name) ?? Promise.withResolvers<void>();
    gates.set(name, known);
    return known;
  };
  const carriers = (marker: string): Running[] => [...all.values()].filter((one) => one.alive && one.marker === marker);
  const begin = (marker: string, more: { isolated: boolean; child: boolean }): Running => {
    const one: Running = {
      ...{ pid: 1000 + all.size, marker, ...more, out: { stdout: '', stderr: '', both: '' } },
      ...{ onTerm: 'end', alive: true, status: null, ended: Promise.withResolvers<void>() },
    };
    all.set(one.pid, one);
    return one;
  };
  const finish = (one: Running, exit: Exit | null): void => {
    if (!one.alive) return;
    one.alive = false;
    one.status = exit === null ? null : { exit, at: clock.now() };
    // The processes of a namespace end with its first process.
    if (one.isolated && !one.child) for (const left of carriers(one.marker)) finish(left, null);
    one.ended.resolve();
  };
  const signal = (one: Running, name: 'SIGTERM' | 'SIGKILL'): void => {
    if (name === 'SIGKILL' || one.onTerm === 'end') return finish(one, exitBy(name));
    if (one.onTerm === 'ignore') return;
    say(one, { say: one.onTerm.say });
    finish(one, { code: one.onTerm.exit, signal: null });
  };
  const perform = async (one: Running, script: { readonly steps: readonly WorkerStep[]; readonly stdin: string }): Promise<void> => {
    for (const step of script.steps) {
      if (!one.alive) return;
      if ('say' in step) say(one, step);
      else if ('repeat' in step) say(one, { say: script.stdin });
      else if ('waitFor' in step) await Promise.race([gate(step.waitFor).promise, one.ended.promise]);
      else if ('leave' in step)
        begin(one.marker, { isolated: one.isolated, child: true }).onTerm = step.leave === 'deaf' ? 'ignore' : 'end';
      else if ('onTerm' in step) one.onTerm = step.onTerm;
      else if ('exit' in step) finish(one, { code: step.exit, signal: null });
      else if ('die' in step) finish(one, exitBy(step.die));
      else await one.ended.promise;
    }
    finish(one, { code: 0, signal: null });
  };
  const endAll = async (marker: string, graceMs: number): Promise<{ readonly left: readonly number[] }> => {
    const found = carriers(marker);
    for (const one of found) signal(one, 'SIGTERM');
    await within(Promise.all(found.map((one) => one.ended.promise)), graceMs);
    for (const one of carriers(marker)) signal(one, 'SIGKILL');
    return { left: [] };
  };
  /** False: the time was over first. */
  const within = async (done: Promise<unknown>, ms: number): Promise<boolean> => {
    const controller = new AbortController();
    const over = clock.sleep(ms, controller.signal).then(() => false);
    const first = await Promise.race([done.then(() => true), over]);
    controller.abort();
    return first;
  };
  /** The worker of a launch; null: it disappeared when the machine restarted; a text: why the worker cannot be reached. */
  const reached = (launch: Launch): Running | null | string => {
    if (cut) return silence;
    if (launch.place !== facts.name || launch.host !== facts.host) return `it was started by ${launch.place} on ${launch.host}`;
    const pid: unknown = typeof launch.ref === 'object' && launch.ref !== null && 'fake' in launch.ref ? launch.ref.fake : null;
    return typeof pid === 'number' ? (all.get(pid) ?? null) : 'its reference is of an unknown form';
  };
  const unreachable = (why: string): Fault => new Fault({ code: 'place-unreachable', message: why, hint: 'wait until it can be reached' });
  const known = (launch: Launch): Running | null => {
    const one = reached(launch);
    if (typeof one !== 'string') return one;
    throw unreachable(one);
  };
  const answering = (): void => {
    if (cut) throw unreachable(silence);
  };

  const contentOf = ({ content }: LaidFile): string => {
    if (typeof content === 'string') return content;
    const all = JSON.parse(Buffer.from(files.get(content.copyOf) ?? '{}').toString()) as Record<string, unknown>;
    return JSON.stringify(Object.hasOwn(all, content.entry) ? { [content.entry]: all[content.entry] } : {});
  };

  const place = (): Place => ({
    facts,
    async site(request) {
      answering();
      const site = fakeSite({ files, request });
      const asked =
        <In extends unknown[], Out>(question: (...given: In) => Promise<Out>) =>
        async (...given: In): Promise<Out> => (answering(), question(...given));
      return { ...site, find: asked(site.find), text: asked(site.text), open: (path, use) => asked(() => site.open(path, use))() };
    },
    async find({ program }) {
      answering();
      return findIn(files, program);
    },
    async clear(folder) {
      answering();
      for (const path of files.keys()) if (path.startsWith(`${seen(folder)}/`)) files.delete(path);
    },
    async launch({ spec, folder, marker, isolate, record }) {
      if (folders.has(folder))
        throw new Fault({ code: 'launch-failed', message: `${folder} was used by another worker`, hint: 'use another folder' });
      folders.add(folder);
      for (const file of spec.files) files.set(file.path, contentOf(file));
      const one = begin(marker, { isolated: isolate === 'auto', child: false });
      const launch: Launch = { place: facts.name, host: facts.host, at: clock.now(), marker, ref: { fake: one.pid } };
      try {
        await record(launch);
      } catch (error) {
        finish(one, null);
        throw error;
      }
      void perform(one, { steps: given.worker(spec), stdin: spec.stdin ?? '' });
      return launch;
    },
    // Workers here write to no disk, so nothing can be protected from them.
    protects: async () => false,
    async look(launch) {
      const one = reached(launch);
      if (typeof one === 'string') return { state: 'unreachable', why: one };
      if (one?.alive === true) return { state: 'running' };
      return one?.status == null ? { state: 'lost' } : { state: 'ended', ...one.status };
    },
    view(launch) {
      const one = reached(launch);
      return { pid: typeof one === 'string' ? null : (one?.pid ?? null), output: null };
    },
    async ended(launch, stop) {
      const one = reached(launch);
      if (one === null || stop.aborted) return;
      const aborted = Promise.withResolvers<void>();
      stop.addEventListener('abort', () => aborted.resolve(), { once: true });
      await Promise.race([aborted.promise, ...(typeof one === 'string' ? [] : [one.ended.promise])]);
    },
    read: async ({ launch, stream, offset, limit }) => Buffer.from(known(launch)?.out[stream] ?? '').subarray(offset, offset + limit),
    async stop(launch, { graceMs }) {
      known(launch);
      return endAll(launch.marker, graceMs);
    },
    async marked() {
      const living = [...all.values()].filter((one) => one.alive);
      const groups = Map.groupBy(living, (one) => one.marker);
      return [...groups].map(([marker, those]) => ({ marker, pids: those.map(({ pid }) => pid), memory: those.length * memoryOfOne }));
    },
    async end({ marker, graceMs }) {
      answering();
      return endAll(marker, graceMs);
    },
    async shell(asked) {
      const { marker, isolate, timeoutMs, signal: stop } = asked;
      if (stop.aborted) return { code: null, timedOut: false, output: '' };
      const one = begin(marker, { isolated: isolate === 'auto', child: false });
      const aborted = Promise.withResolvers<void>();
      stop.addEventListener('abort', () => aborted.resolve(), { once: true });
      void perform(one, { steps: given.shell(asked), stdin: '' });
      const inTime = await within(Promise.race([one.ended.promise, aborted.promise]), timeoutMs);
      const exit = one.status?.exit ?? null;
      await endAll(marker, 0);
      return { code: exit === null || exit.signal !== null ? null : exit.code, timedOut: !inTime, output: one.out.both };
    },
  });

  return {
    place,
    files,
    allow: (name) => gate(name).resolve(),
    alive: (marker) => carriers(marker).length,
    vanish: (marker) => carriers(marker).forEach((one) => finish(one, null)),
    reboot: () => [...all.values()].forEach((one) => finish(one, null)),
    cutOff: (is) => void (cut = is),
  };
}

function say(one: Running, { say: text, to = 'stdout' }: { readonly say: string; readonly to?: Stream }): void {
  one.out[to] += text;
  one.out.both += text;
}

/** The exit as a shell reports it. */
function exitBy(signal: 'SIGTERM' | 'SIGKILL' | 'SIGABRT'): Exit {
  return { code: 128 + constants.signals[signal], signal };
}
