// Only real processes can show this about stopping: nothing that a worker started survives, wherever it moved.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Launch } from '../../core/task/attempt.ts';
import type { Place } from '../../ports/place.ts';
import { carriers, killed } from './carriers.samples.ts';
import { describeRealProcesses, long, never } from './real-place.samples.ts';

describeRealProcesses((stage) => {
  const { isolate, env, script, launch, said, pipe, elsewhere } = stage;
  let root: string;
  let protect: readonly string[];
  let tag: string;
  let place: Place;
  let isolated: boolean;
  beforeEach(() => void ({ root, protect, tag, place, isolated } = stage.now()));

  describe('stopping', () => {
    const brood = `(trap "" TERM; setsid sh -c 'echo a; exec sleep 1000' &)
      setsid sh -c 'echo b; exec sleep 1000' &
      nohup sh -c 'echo c; exec sleep 1000' &
      ( ( setsid sh -c 'echo d; exec sleep 1000' & ) & )`;

    it.each(['exec sleep 1000', 'exit 0'])('ends children that left the group, before and after the worker (%s)', async (end) => {
      const gate = pipe('gate');
      const one = await launch(script(`${brood}\nread go <${gate}\n${end}`));
      for (const letter of ['a', 'b', 'c', 'd']) await said(one, `${letter}\n`);
      await writeFile(gate, 'go\n');
      if (end === 'exit 0') await place.ended(one, never);
      if (end === 'exit 0' && isolated) expect(carriers(`YARD_TEST=${tag}`).length).toBeLessThanOrEqual(1);
      else expect(carriers(`YARD_TEST=${tag}`).length).toBeGreaterThan(3);
      expect(await place.stop(one, { graceMs: 50 })).toEqual({ left: [] });
      // The process that recorded the exit status may still be running.
      await expect.poll(() => carriers(`YARD_TEST=${tag}`)).toEqual([]);
    });

    it('ends children in the group that lost their environment, also when they ignore TERM', async () => {
      const one = await launch(script(`(trap "" TERM; exec env -i YARD_TEST=${tag} sh -c 'echo up; exec sleep 1000') & wait`));
      await said(one, 'up');
      expect(await place.stop(one, { graceMs: 50 })).toEqual({ left: [] });
      expect(carriers(`YARD_TEST=${tag}`)).toEqual([]);
    });

    it('ends those without an environment also when the worker has ended, as long as one in the group has it', async () => {
      const one = await launch(script(`env -i YARD_TEST=${tag} sleep 1000 & sleep 1000 & exit 0`));
      await place.ended(one, never);
      await expect.poll(() => carriers(`YARD_TEST=${tag}`).length).toBe(isolated ? 0 : 2);
      expect(await place.stop(one, { graceMs: long })).toEqual({ left: [] });
      expect(carriers(`YARD_TEST=${tag}`)).toEqual([]);
    });

    it('ends what forks faster than it is looked at', async () => {
      const one = await launch(script('trap "" TERM; echo up; while :; do setsid sleep 1000 & sleep 0.01; done'));
      await said(one, 'up');
      expect(await place.stop(one, { graceMs: 100 })).toEqual({ left: [] });
      expect(carriers(`YARD_TEST=${tag}`)).toEqual([]);
    });

    it.each(['exec sleep 1000', 'exit 0'])('ends what shed its environment and its group, if it is isolated (%s)', async (end) => {
      const gate = pipe('gate');
      const one = await launch(
        script(`env -i YARD_TEST=${tag} setsid sh -c 'trap "" TERM; echo up; exec sleep 1000' & read up <${gate}; ${end}`),
      );
      await said(one, 'up');
      await writeFile(gate, 'go\n');
      if (end === 'exit 0') await place.ended(one, never);
      expect(await place.stop(one, { graceMs: 50 })).toEqual({ left: [] });
      const beyondReach = (): readonly number[] => carriers(`YARD_TEST=${tag}`);
      // The process that recorded the exit status may still be running.
      await expect.poll(() => beyondReach().length).toBe(isolated ? 0 : 1);
      beyondReach().forEach(killed);
    });

    it('leaves a person’s own process alone, which carries no marker', async () => {
      const own = spawn('sleep', ['1000'], { env: env(), stdio: 'ignore' });
      const one = await launch(script('echo up; exec sleep 1000'));
      await said(one, 'up');
      expect(await place.stop(one, { graceMs: long })).toEqual({ left: [] });
      expect(carriers(`YARD_TEST=${tag}`)).toEqual([own.pid]);
      own.kill('SIGKILL');
      expect(await once(own, 'exit')).toEqual([null, 'SIGKILL']);
    });
  });

  describe('markers', () => {
    const markers = [`${randomUUID()}-1`, `${randomUUID()}-2`] as const;
    const two = (): Promise<Launch[]> =>
      Promise.all(
        markers.map((marker) =>
          place.launch({
            spec: script('sleep 1000 & setsid sh -c "echo up; exec sleep 1000"'),
            folder: join(root, marker),
            marker,
            isolate,
            protect,
            writable: [],
            record: async () => {},
          }),
        ),
      );

    it('are listed with all that carry them and the memory of these', async () => {
      for (const one of await two()) await said(one, 'up');
      const marked = await place.marked();
      for (const marker of markers) {
        const found = marked.find((one) => one.marker === marker);
        expect(new Set(found?.pids)).toEqual(new Set(carriers(`YARDMASTER_ATTEMPT=${marker}`)));
        // A few small programs, so that a wrong unit would be noticed.
        expect(found?.memory).toBeGreaterThan(500_000);
        expect(found?.memory).toBeLessThan(200_000_000);
        expect(await place.end({ marker, graceMs: long })).toEqual({ left: [] });
      }
      expect((await place.marked()).filter((one) => one.marker.startsWith(markers[0]) || one.marker.startsWith(markers[1]))).toEqual([]);
    });

    it('find what a supervisor left of a command when it was killed', async () => {
      const marker = randomUUID();
      const up = pipe('up');
      const given = {
        command: `setsid sh -c 'trap "" TERM; echo up >${up}; exec sleep 1000' & exec sleep 1000`,
        marker,
        isolate,
        protect,
        writable: [],
        cwd: root,
      };
      const code = `place.shell({ ...${JSON.stringify({ ...given, env: env(), timeoutMs: long })}, signal: new AbortController().signal });
        await (await import('node:fs/promises')).readFile(${JSON.stringify(up)});
        process.kill(process.pid, 'SIGKILL');`;
      expect(await elsewhere({ code })).toMatchObject({ signal: 'SIGKILL' });
      expect((await place.marked()).map((one) => one.marker)).toContain(marker);
      expect(await place.end({ marker, graceMs: 50 })).toEqual({ left: [] });
      expect(carriers(`YARD_TEST=${tag}`)).toEqual([]);
    });
  });
});
