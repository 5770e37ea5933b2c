// The contract of every place, told by how workers behave and not by what they are made of: it holds for real processes
// and for the place in memory alike. What only real processes can show is tested beside the place that starts them.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WorkerStep } from '../../test/support/worker-script.ts';
import type { Launch } from '../core/task/attempt.ts';
import type { CommandSpec, LaidFile } from './command-spec.ts';
import type { Isolate, Place, Stream } from './place.ts';
import type { Program, SiteRequest } from './place-site.ts';

export interface PlaceStage {
  /** A place as a restarted supervisor would make it: it knows of no earlier worker. */
  readonly make: () => Place;
  /** The command of a worker that behaves so; a worker that comes to the end of its steps exits with 0. */
  readonly spec: (steps: readonly WorkerStep[], stdin?: string) => CommandSpec;
  readonly command: (steps: readonly WorkerStep[]) => string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** One that is there. */
  readonly program: Program;
  /** Read-only for all that is started, where it can be had. */
  readonly protect: readonly string[];
  /** A folder for a worker, absolute; another one with each name. */
  readonly folder: (name: string) => string;
  readonly allow: (name: string) => Promise<void>;
  /** How many processes carry the marker now, found without the place's own means. */
  readonly alive: (marker: string) => number;
  /** All of a worker's processes are gone at once, without a word. */
  readonly vanish: (launch: Launch) => void;
  /** Cuts the place's machine off, or brings it back; null where it is always within reach. */
  readonly cutOff: ((is: boolean) => void) | null;
  readonly dispose: () => Promise<void>;
}

const never = new AbortController().signal;
const long = 60_000;
const asStored = (launch: Launch): Launch => JSON.parse(JSON.stringify(launch)) as Launch;

export function placeContract(name: string, given: { readonly isolate: Isolate; readonly open: () => Promise<PlaceStage> }): void {
  describe(`${name}: a place, isolation ${given.isolate}`, () => {
    let stage: PlaceStage;
    let place: Place;
    let count = 0;
    let markers: string[] = [];
    beforeEach(async () => {
      markers = [];
      stage = await given.open();
      place = stage.make();
    });
    afterEach(async () => {
      try {
        for (const marker of markers) await gone(marker);
      } finally {
        await stage.dispose();
      }
    });

    const { isolate } = given;
    const newMarker = (): string => {
      const marker: string = randomUUID();
      markers.push(marker);
      return marker;
    };
    /** What wrote down the exit status may take a moment to end itself. */
    const gone = async (marker: string): Promise<void> => {
      await expect.poll(() => stage.alive(marker), { timeout: 5000, interval: 10, message: 'processes are left' }).toBe(0);
    };
    const launch = (
      steps: readonly WorkerStep[],
      over: { stdin?: string; marker?: string; folder?: string; record?: (launch: Launch) => Promise<void> } = {},
    ): Promise<Launch> => {
      const { stdin, ...rest } = over;
      const folder = stage.folder(`w${(count += 1)}`);
      return place.launch({
        spec: stage.spec(steps, stdin),
        folder,
        marker: newMarker(),
        isolate,
        protect: stage.protect,
        writable: [],
        record: async () => {},
        ...rest,
      });
    };
    const run = async (steps: readonly WorkerStep[], stdin?: string): Promise<Launch> => {
      const one = await launch(steps, stdin === undefined ? {} : { stdin });
      await place.ended(one, never);
      return one;
    };
    const output = async (one: Launch, stream: Stream = 'stdout'): Promise<string> =>
      (await place.read({ launch: one, stream, offset: 0, limit: 1 << 20 })).toString();
    const said = async (one: Launch, text: string): Promise<void> => {
      await expect.poll(() => output(one), { timeout: 10_000, interval: 10 }).toContain(text);
    };
    const up: readonly WorkerStep[] = [{ say: 'up' }, { hang: true }];
    const atWork = async (before: readonly WorkerStep[] = []): Promise<Launch> => {
      const one = await launch([...before, ...up]);
      await said(one, 'up');
      return one;
    };

    describe('a worker', () => {
      it('gets its input, writes to both streams and leaves its status', async () => {
        const before = Date.now();
        const one = await run([{ repeat: 'input' }, { say: 'problem', to: 'stderr' }], 'a prompt\n');
        expect([await output(one), await output(one, 'stderr')]).toEqual(['a prompt\n', 'problem']);
        const state = await place.look(one);
        expect(state).toEqual({ state: 'ended', exit: { code: 0, signal: null }, at: expect.any(Number) });
        expect(state.state === 'ended' && state.at).toBeGreaterThan(before - 2000);
      });

      it('has an empty standard input when none is given', async () => {
        expect(await output(await run([{ repeat: 'input' }, { say: 'end' }]))).toBe('end');
      });

      it.each([
        [{ exit: 3 }, { code: 3, signal: null }],
        [{ exit: 255 }, { code: 255, signal: null }],
        [{ die: 'SIGKILL' }, { code: 137, signal: 'SIGKILL' }],
        [{ die: 'SIGABRT' }, { code: 134, signal: 'SIGABRT' }],
      ] as const)('%o is reported as it was', async (end, exit) => {
        expect(await place.look(await run([end]))).toMatchObject({ state: 'ended', exit });
      });

      it('is named by a reference that is plain data: its place, its host, its marker', async () => {
        const one = await run([]);
        const { name: own, host } = place.facts;
        expect(one).toEqual({ place: own, host, marker: markers[0], at: expect.any(Number), ref: expect.anything() });
        expect(asStored(one)).toEqual(one);
        expect(place.view(asStored(one)).pid).toBeGreaterThan(0);
      });

      it('is not started into a folder that another one has used', async () => {
        const folder = stage.folder('used');
        const first = await launch([{ say: 'first' }], { folder });
        await place.ended(first, never);
        await expect(launch([{ say: 'second' }], { folder })).rejects.toMatchObject({ name: 'Fault', code: 'launch-failed' });
        expect(await output(first)).toBe('first');
      });
    });

    describe('the gate', () => {
      it('is opened only after the reference is stored', async () => {
        const seen: unknown[] = [];
        const one = await launch([{ say: 'ran' }], {
          record: async (early) => void seen.push((await place.look(early)).state, await output(early)),
        });
        await place.ended(one, never);
        expect([...seen, await output(one)]).toEqual(['running', '', 'ran']);
      });

      it('stays shut when the reference could not be stored', async () => {
        const early: Launch[] = [];
        const record = async (one: Launch): Promise<void> => {
          early.push(one);
          throw new Error('no space');
        };
        await expect(launch([{ say: 'ran' }], { record })).rejects.toThrow('no space');
        expect(stage.alive(markers[0]!)).toBe(0);
        expect([await place.look(early[0]!), await output(early[0]!)]).toEqual([{ state: 'lost' }, '']);
      });
    });

    it('a worker is found again by its stored reference alone: looked at, read, waited for and ended', async () => {
      const [first, second] = [await launch([{ say: 'one' }, { waitFor: 'go' }, { say: ' two' }, { exit: 7 }]), await atWork()];
      const next = stage.make();
      const [one, other] = [asStored(first), asStored(second)];
      await said(one, 'one');
      expect(await next.look(one)).toEqual({ state: 'running' });
      const end = next.ended(one, never);
      await stage.allow('go');
      await end;
      expect(await next.look(one)).toMatchObject({ state: 'ended', exit: { code: 7, signal: null } });
      expect((await next.read({ launch: one, stream: 'stdout', offset: 2, limit: 4 })).toString()).toBe('e tw');
      expect(await next.stop(other, { graceMs: long })).toEqual({ left: [] });
      expect(await place.look(second)).toMatchObject({ state: 'ended', exit: { code: 143, signal: 'SIGTERM' } });
    });

    describe('a site', () => {
      const request = (): SiteRequest => ({
        checkout: stage.folder('tree'),
        taskFolder: stage.folder('task'),
        privateFolder: stage.folder('private'),
        env: { ...stage.env, OTHERS: 'kept' },
      });
      const laid = async (files: readonly LaidFile[]): Promise<void> => {
        const spec = { ...stage.spec([]), files };
        const one = await place.launch({
          ...{ spec, isolate, protect: stage.protect, writable: [], folder: stage.folder(`w${(count += 1)}`), marker: newMarker() },
          record: async () => {},
        });
        await place.ended(one, never);
      };

      it('is made of the folders as its worker sees them, and is the same for whoever asks again', async () => {
        const { checkout, taskFolder, privateFolder, env, uid } = await place.site(request());
        expect(new Set([checkout, taskFolder, privateFolder].filter((path) => path.startsWith('/'))).size).toBe(3);
        expect([typeof uid, env['OTHERS'], (env['PATH'] ?? '').length > 0]).toEqual(['number', 'kept', true]);
        expect(await stage.make().site(request())).toMatchObject({ checkout, taskFolder, privateFolder, env, uid });
      });

      it('has the files that were laid in it, for reading and for opening, until they are cleared away', async () => {
        const { privateFolder, taskFolder, ...site } = await place.site(request());
        const [secret, lasting] = [join(privateFolder, 'deep', 'secret.json'), join(taskFolder, 'lasting')];
        const opened = (path: string): Promise<string | null> => site.open(path, (here) => readFileSync(here, 'utf8'));
        expect([await site.text(secret), await opened(secret)]).toEqual([null, null]);
        await laid([
          { path: secret, content: '{"mine":{"key":"é"},"others":{}}' },
          { path: lasting, content: 'for long' },
        ]);
        expect([await site.text(secret), await opened(lasting)]).toEqual(['{"mine":{"key":"é"},"others":{}}', 'for long']);
        expect([await site.text(privateFolder), await opened(taskFolder)]).toEqual([null, null]);
        await laid(
          ['mine', 'nobody', 'constructor'].map((entry) => ({ path: join(taskFolder, entry), content: { copyOf: secret, entry } })),
        );
        const copies = ['mine', 'nobody', 'constructor'].map((entry) => site.text(join(taskFolder, entry)));
        expect(await Promise.all(copies)).toEqual(['{"mine":{"key":"é"}}', '{}', '{}']);
        for (let times = 0; times < 2; times += 1) await place.clear(request().privateFolder);
        expect([await site.text(secret), await site.text(lasting)]).toEqual([null, 'for long']);
      });

      it('finds a program as a worker would, and so does its place', async () => {
        const { program } = stage;
        const { env } = request();
        const site = await place.site(request());
        const path = await site.find(program);
        expect(path).toMatch(new RegExp(`^/.*/${program.path}$`));
        expect(await place.find({ program, env })).toBe(path);
        expect(await site.find({ path: path ?? '', env: {} })).toBe(path);
        for (const missing of [
          { path: `no-${program.path}`, env: {} },
          { path: program.path, env: { PATH: '/nowhere' } },
          { path: '/nowhere', env: {} },
        ])
          expect([await site.find(missing), await place.find({ program: missing, env })]).toEqual([null, null]);
      });
    });

    describe('waiting for the end', () => {
      it('ends with the signal', async () => {
        const one = await atWork();
        const own = new AbortController();
        const waits = [place.ended(one, own.signal), place.ended(one, AbortSignal.abort())];
        own.abort();
        await Promise.all(waits);
        expect(await place.look(one)).toEqual({ state: 'running' });
        await place.stop(one, { graceMs: long });
      });

      it('sees a worker that vanishes without a status, its own and another’s', async () => {
        const one = await atWork();
        const waits = [place.ended(one, never), stage.make().ended(one, never)];
        stage.vanish(one);
        await Promise.all(waits);
        expect(await place.look(one)).toEqual({ state: 'lost' });
        expect(await place.stop(one, { graceMs: 0 })).toEqual({ left: [] });
      });
    });

    it('reading goes on at an offset, never beyond the limit, and is empty at the end', async () => {
      const one = await run([{ say: '0123456789' }, { say: 'é', to: 'stderr' }]);
      const read = async (offset: number, limit: number, stream: Stream = 'stdout'): Promise<string> =>
        (await place.read({ launch: one, stream, offset, limit })).toString('latin1');
      const parts = [read(0, 4), read(4, 4), read(8, 4), read(10, 4), read(99, 4), read(3, 0), read(1, 1, 'stderr')];
      expect(await Promise.all(parts)).toEqual(['0123', '4567', '89', '', '', '', '\u00a9']);
    });

    describe('stopping', () => {
      it('lets a worker end in its own way, and does not wait longer than that', async () => {
        const one = await atWork([{ onTerm: { say: ' bye', exit: 5 } }]);
        expect(await place.stop(one, { graceMs: long })).toEqual({ left: [] });
        expect(await place.look(one)).toMatchObject({ state: 'ended', exit: { code: 5, signal: null } });
        expect(await output(one)).toBe('up bye');
      });

      it('kills what ignores TERM, and the status says so', async () => {
        const one = await atWork([{ onTerm: 'ignore' }]);
        expect(await place.stop(one, { graceMs: 50 })).toEqual({ left: [] });
        expect(stage.alive(one.marker)).toBe(0);
        expect(await place.look(one)).toMatchObject({ state: 'ended', exit: { code: 137, signal: 'SIGKILL' } });
      });

      it('ends what the worker left running, beside it and after it', async () => {
        const brood: readonly WorkerStep[] = [{ leave: 'heeding' }, { leave: 'deaf' }];
        const beside = await atWork(brood);
        expect(stage.alive(beside.marker)).toBeGreaterThan(2);
        expect(await place.stop(beside, { graceMs: 50 })).toEqual({ left: [] });
        await gone(beside.marker);
        const after = await run([...brood, { say: 'up' }]);
        expect(await place.stop(after, { graceMs: 50 })).toEqual({ left: [] });
        await gone(after.marker);
        expect(await place.look(after)).toMatchObject({ state: 'ended', exit: { code: 0 } });
      });

      it('leaves another worker alone, whose marker begins with the same letters', async () => {
        const marker = newMarker();
        markers.push(`${marker}-1`);
        const [one, other] = [await launch(up, { marker }), await launch(up, { marker: `${marker}-1` })];
        for (const each of [one, other]) await said(each, 'up');
        expect(await place.stop(one, { graceMs: long })).toEqual({ left: [] });
        expect(await place.look(other)).toEqual({ state: 'running' });
        await place.stop(other, { graceMs: long });
      });

      it('is right for a worker that has ended, and twice', async () => {
        const one = await run([{ exit: 4 }]);
        const stops = [place.stop(one, { graceMs: long }), place.stop(one, { graceMs: 0 })];
        expect(await Promise.all(stops)).toEqual([{ left: [] }, { left: [] }]);
        expect(await place.look(one)).toMatchObject({ exit: { code: 4 } });
      });
    });

    describe('what cannot be reached', () => {
      const foreign: readonly [what: string, change: (one: Launch) => Launch][] = [
        ['another machine’s worker', (one) => ({ ...one, host: 'another machine' })],
        ['another place’s worker', (one) => ({ ...one, place: 'another place' })],
        ['a reference of an unknown form', (one) => ({ ...one, ref: { of: 'tomorrow' } })],
      ];
      it.each(foreign)('is neither running nor lost, and is not touched: %s', async (_, change) => {
        const one = await atWork();
        const wrong = change(one);
        expect(await place.look(wrong)).toEqual({ state: 'unreachable', why: expect.stringMatching(/\w/) });
        expect(place.view(wrong)).toEqual({ pid: null, output: null });
        const fault = { name: 'Fault', code: 'place-unreachable' };
        await expect(place.stop(wrong, { graceMs: 0 })).rejects.toMatchObject(fault);
        await expect(place.read({ launch: wrong, stream: 'stdout', offset: 0, limit: 9 })).rejects.toMatchObject(fault);
        expect(await place.look(one)).toEqual({ state: 'running' });
        const own = new AbortController();
        const wait = place.ended(wrong, own.signal).then(() => 'seen');
        await place.stop(one, { graceMs: long });
        await place.ended(one, never);
        expect(await Promise.race([wait, Promise.resolve('waits')])).toBe('waits');
        own.abort();
        expect(await wait).toBe('seen');
      });
    });

    it('a machine that does not answer is told as such, and nothing on it is touched', async ({ skip }) => {
      const { cutOff } = stage;
      if (cutOff === null) return skip('this place is always within reach');
      const one = await atWork();
      const folder = stage.folder('task');
      const request = { checkout: folder, taskFolder: folder, privateFolder: folder, env: {} };
      const site = await place.site(request);
      cutOff(true);
      const questions: readonly (() => Promise<unknown>)[] = [
        () => place.end({ marker: one.marker, graceMs: 0 }),
        () => place.stop(one, { graceMs: 0 }),
        () => place.read({ launch: one, stream: 'stdout', offset: 0, limit: 9 }),
        () => place.site(request),
        () => place.find({ program: stage.program, env: {} }),
        () => place.clear(folder),
        () => site.find(stage.program),
        () => site.text('/x'),
        () => site.open('/x', () => 1),
      ];
      for (const ask of questions) await expect(ask()).rejects.toMatchObject({ name: 'Fault', code: 'place-unreachable' });
      expect(await place.look(one)).toEqual({ state: 'unreachable', why: expect.stringMatching(/\w/) });
      expect(stage.alive(one.marker)).toBeGreaterThan(0);
      cutOff(false);
      expect(await place.end({ marker: one.marker, graceMs: long })).toEqual({ left: [] });
      await gone(one.marker);
    });

    describe('markers', () => {
      it('are listed with all that carry them, and are enough to end these and nobody else', async () => {
        const [one, other] = [await atWork([{ leave: 'deaf' }]), await atWork()];
        for (const each of [one, other]) {
          const found = (await place.marked()).find(({ marker }) => marker === each.marker);
          expect([found?.pids.length, (found?.memory ?? 0) > 0]).toEqual([stage.alive(each.marker), true]);
        }
        expect(await stage.make().end({ marker: one.marker, graceMs: 50 })).toEqual({ left: [] });
        await gone(one.marker);
        expect((await place.marked()).map(({ marker }) => marker)).not.toContain(one.marker);
        expect(await place.look(other)).toEqual({ state: 'running' });
        expect(await place.end({ marker: randomUUID(), graceMs: long })).toEqual({ left: [] });
        await place.stop(other, { graceMs: long });
      });
    });

    describe('shell', () => {
      const shell = (steps: readonly WorkerStep[], over: { timeoutMs?: number; signal?: AbortSignal } = {}) => {
        const { env, cwd, protect } = stage;
        return place.shell({
          command: stage.command(steps),
          marker: newMarker(),
          isolate,
          protect,
          writable: [],
          cwd,
          env,
          timeoutMs: long,
          signal: never,
          ...over,
        });
      };

      it('answers output and errors in their order, and the exit code', async () => {
        const steps: readonly WorkerStep[] = [{ say: 'a' }, { say: 'b', to: 'stderr' }, { say: 'c' }, { repeat: 'input' }, { exit: 6 }];
        expect(await shell(steps)).toEqual({ code: 6, timedOut: false, output: 'abc' });
      });

      it('ends with all that it started at the time limit', async () => {
        const result = await shell([{ leave: 'heeding' }, ...up], { timeoutMs: 300 });
        expect(result).toEqual({ code: null, timedOut: true, output: 'up' });
        await gone(markers[0]!);
      });

      it('ends with all that it started on abort, and is not begun after one', async () => {
        const stop = new AbortController();
        const result = shell([{ leave: 'heeding' }, ...up], { signal: stop.signal });
        await expect.poll(() => stage.alive(markers[0]!), { timeout: 5000, interval: 10 }).toBeGreaterThan(1);
        stop.abort();
        expect(await result).toMatchObject({ code: null, timedOut: false });
        await gone(markers[0]!);
        expect(await shell([{ say: 'ran' }], { signal: stop.signal })).toEqual({ code: null, timedOut: false, output: '' });
      });

      it('takes along what it left in the background', async () => {
        expect(await shell([{ leave: 'heeding' }, { leave: 'heeding' }, { say: 'done' }])).toEqual({
          code: 0,
          timedOut: false,
          output: 'done',
        });
        await gone(markers[0]!);
      });
    });
  });
}
