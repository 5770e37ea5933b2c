// The contract of places on workers and machines out of reach: the place says so, and touches nothing.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Launch } from '../core/task/attempt.ts';
import type { Place } from './place.ts';
import { long, never, type PlaceCrew, type PlaceStage } from './place.samples.ts';

export function placeUnreachable(crew: PlaceCrew): void {
  const { gone, atWork } = crew;
  let stage: PlaceStage;
  let place: Place;
  beforeEach(() => void ({ stage, place } = crew.now()));

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
}
