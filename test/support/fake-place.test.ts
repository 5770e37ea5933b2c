import { expect, test } from 'vitest';
import type { CommandSpec } from '../../src/ports/command-spec.ts';
import type { PlaceStage } from '../../src/ports/place.samples.ts';
import { placeContract } from '../../src/ports/place.testsuite.ts';
import { systemClock } from '../../src/lib/system-clock.ts';
import { fakeMachine } from './fake-place.ts';
import type { WorkerStep } from './worker-script.ts';

const stepsIn = (text: string): readonly WorkerStep[] => JSON.parse(text) as readonly WorkerStep[];
const specOf = (steps: readonly WorkerStep[], stdin?: string): CommandSpec => ({
  file: 'worker',
  args: [JSON.stringify(steps)],
  env: { set: {}, unset: [], secret: [] },
  stdin: stdin ?? null,
  cwd: '/',
  files: [],
});
const machine = () =>
  fakeMachine({ clock: systemClock, worker: ({ args }) => stepsIn(args[0] ?? '[]'), shell: ({ command }) => stepsIn(command) });

async function open(protect: readonly string[]): Promise<PlaceStage> {
  const one = machine();
  one.files.set('/inside/bin/agent', '');
  return {
    make: one.place,
    spec: specOf,
    command: (steps) => JSON.stringify(steps),
    env: {},
    cwd: '/',
    program: { path: 'agent', env: {} },
    protect,
    folder: (name) => `/${name}`,
    allow: async (name) => one.allow(name),
    alive: one.alive,
    vanish: ({ marker }) => one.vanish(marker),
    cutOff: one.cutOff,
    dispose: async () => {},
  };
}

for (const isolate of ['off', 'auto'] as const) placeContract('in memory', { isolate, open: () => open([]) });
placeContract('in memory, a folder protected', { isolate: 'auto', open: () => open(['/theirs']) });

const start = (one: ReturnType<typeof machine>) =>
  one.place().launch({
    spec: specOf([{ say: 'up' }, { hang: true }]),
    folder: '/w',
    marker: 'm',
    isolate: 'off',
    protect: [],
    writable: [],
    record: async () => {},
  });

test('a machine that is cut off does not answer, and its workers are found again when it is back', async () => {
  const one = machine();
  const place = one.place();
  const launch = await start(one);
  one.cutOff(true);
  expect(await place.look(launch)).toEqual({ state: 'unreachable', why: 'machine in memory does not answer' });
  await expect(place.stop(launch, { graceMs: 0 })).rejects.toMatchObject({ code: 'place-unreachable' });
  one.cutOff(false);
  expect(await place.look(launch)).toEqual({ state: 'running' });
});

test('a machine that is restarted has lost its workers, but still has their output', async () => {
  const one = machine();
  const launch = await start(one);
  one.reboot();
  expect(await one.place().look(launch)).toEqual({ state: 'lost' });
  expect((await one.place().read({ launch, stream: 'stdout', offset: 0, limit: 9 })).toString()).toBe('up');
});
