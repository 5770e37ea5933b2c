// The stage that every place supplies for its suites, and the workers that the suites start and watch on it.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect } from 'vitest';
import type { WorkerStep } from '../../test/support/worker-script.ts';
import type { Launch } from '../core/task/attempt.ts';
import type { CommandSpec } from './command-spec.ts';
import type { Isolate, Place, Stream } from './place.ts';
import type { Program } from './place-site.ts';

export interface PlaceStage {
  /** A place as a restarted supervisor would make it: it knows no earlier worker. */
  readonly make: () => Place;
  /** The command of a worker that behaves in this way; a worker that finishes its steps exits with 0. */
  readonly spec: (steps: readonly WorkerStep[], stdin?: string) => CommandSpec;
  readonly command: (steps: readonly WorkerStep[]) => string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** A program that exists. */
  readonly program: Program;
  /** Folders that are read-only for everything that is started, if the machine supports that. */
  readonly protect: readonly string[];
  /** An absolute folder for a worker; a different one for each name. */
  readonly folder: (name: string) => string;
  readonly allow: (name: string) => Promise<void>;
  /** The number of processes that carry the marker now, found without the place's own means. */
  readonly alive: (marker: string) => number;
  /** Ends all of a worker's processes at once, without a trace. */
  readonly vanish: (launch: Launch) => void;
  /** Disconnects the place's machine, or connects it again; null if it is always within reach. */
  readonly cutOff: ((is: boolean) => void) | null;
  readonly dispose: () => Promise<void>;
}

export interface GivenPlace {
  readonly isolate: Isolate;
  readonly open: () => Promise<PlaceStage>;
}

export const never = new AbortController().signal;
export const long = 300_000;
export const asStored = (launch: Launch): Launch => JSON.parse(JSON.stringify(launch)) as Launch;
export const up: readonly WorkerStep[] = [{ say: 'up' }, { hang: true }];

/** Opens a stage for each test and starts workers on it. After the test, none of their processes may be left. */
export function placeCrew({ isolate, open }: GivenPlace) {
  let stage: PlaceStage;
  let place: Place;
  let count = 0;
  let markers: string[] = [];
  beforeEach(async () => {
    markers = [];
    stage = await open();
    place = stage.make();
  });
  afterEach(async () => {
    try {
      for (const marker of markers) await gone(marker);
    } finally {
      await stage.dispose();
    }
  });

  const newMarker = (): string => {
    const marker: string = randomUUID();
    markers.push(marker);
    return marker;
  };
  /** The process that recorded the exit status may need a moment to end. */
  const gone = async (marker: string): Promise<void> => {
    await expect.poll(() => stage.alive(marker), { interval: 10, message: 'processes are left' }).toBe(0);
  };
  const launch = (
    steps: readonly WorkerStep[],
    over: { stdin?: string; marker?: string; folder?: string; record?: (launch: Launch) => Promise<void> } = {},
  ): Promise<Launch> => {
    const { stdin, ...rest } = over;
    const folder = newFolder();
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
    await expect.poll(() => output(one), { interval: 10 }).toContain(text);
  };
  const atWork = async (before: readonly WorkerStep[] = []): Promise<Launch> => {
    const one = await launch([...before, ...up]);
    await said(one, 'up');
    return one;
  };
  /** A folder for the next worker. */
  const newFolder = (): string => stage.folder(`w${(count += 1)}`);

  return { isolate, now: () => ({ stage, place, markers }), newMarker, newFolder, gone, launch, run, output, said, atWork };
}

export type PlaceCrew = ReturnType<typeof placeCrew>;
