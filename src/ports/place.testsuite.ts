// The contract of every place, expressed by the behaviour of workers and not by their implementation: it applies to real
// processes and to the in-memory place alike. Behaviour that only real processes have is tested beside the place that
// starts them.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Launch } from '../core/task/attempt.ts';
import type { Place, Stream } from './place.ts';
import { asStored, long, never, placeCrew, type GivenPlace, type PlaceStage } from './place.samples.ts';
import { placeSites } from './place-site.testsuite.ts';
import { placeStops } from './place-stopping.testsuite.ts';
import { placeUnreachable } from './place-unreachable.testsuite.ts';
import { placeShell } from './place-shell.testsuite.ts';

export function placeContract(name: string, given: GivenPlace): void {
  describe(`${name}: a place, isolation ${given.isolate}`, () => {
    const crew = placeCrew(given);
    const { launch, run, output, said, atWork } = crew;
    let stage: PlaceStage;
    let place: Place;
    let markers: readonly string[];
    beforeEach(() => void ({ stage, place, markers } = crew.now()));

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

    placeSites(crew);
    placeStops(crew);
    placeUnreachable(crew);
    placeShell(crew);
  });
}
