// The contract of places on stopping: a worker ends with everything that it left running, by its launch or by its marker.
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { WorkerStep } from '../../test/support/worker-script.ts';
import type { Place } from './place.ts';
import { long, up, type PlaceCrew, type PlaceStage } from './place.samples.ts';

export function placeStops(crew: PlaceCrew): void {
  const { newMarker, gone, launch, run, output, said, atWork } = crew;
  let stage: PlaceStage;
  let place: Place;
  let markers: string[];
  beforeEach(() => void ({ stage, place, markers } = crew.now()));

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
}
