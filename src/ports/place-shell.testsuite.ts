// The contract of places on shell commands: their output and exit code, and that they end with everything that they
// started.
import { beforeEach, describe, expect, it } from 'vitest';
import { longEnough } from '../../test/support/long-enough.ts';
import type { WorkerStep } from '../../test/support/worker-script.ts';
import type { Place } from './place.ts';
import { long, never, up, type PlaceCrew, type PlaceStage } from './place.samples.ts';

export function placeShell(crew: PlaceCrew): void {
  const { isolate, newMarker, gone } = crew;
  let stage: PlaceStage;
  let place: Place;
  let markers: readonly string[];
  beforeEach(() => void ({ stage, place, markers } = crew.now()));

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
      const result = await longEnough({
        run: (timeoutMs) => shell([{ leave: 'heeding' }, ...up], { timeoutMs }),
        begun: ({ output }) => output !== '',
      });
      expect(result).toEqual({ code: null, timedOut: true, output: 'up' });
      await gone(markers[0]!);
    });

    it('ends with all that it started on abort, and is not begun after one', async () => {
      const stop = new AbortController();
      const result = shell([{ leave: 'heeding' }, ...up], { signal: stop.signal });
      await expect.poll(() => stage.alive(markers[0]!), { interval: 10 }).toBeGreaterThan(1);
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
}
