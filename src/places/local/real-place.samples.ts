// The stage for tests of real workers on this machine. Each test has a tag of its own in the environment of everything that
// it starts. After each test no process may carry it, which is checked without the place’s own code.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { needsLinux } from '../../../test/support/skip-without.ts';
import type { Launch } from '../../core/task/attempt.ts';
import type { CommandSpec } from '../../ports/command-spec.ts';
import type { Isolate, Place, Stream } from '../../ports/place.ts';
import { carriers, killed } from './carriers.samples.ts';
import { isolationFor } from './isolation.ts';
import { localPlace } from './local-place.ts';

const module = new URL('./local-place.ts', import.meta.url).href;

export const never = new AbortController().signal;
export const long = 300_000;

/** Runs the same tests for each way in which a place may isolate its workers. */
export function describeRealProcesses(tests: (stage: RealPlace) => void): void {
  describe('on Linux', () => {
    needsLinux('processes are looked for in /proc');
    describe.each<[Isolate, string]>([
      ['off', 'nothing'],
      ['auto', 'nothing'],
      ['auto', 'a folder'],
    ])('real processes, isolation %s, %s protected', (isolate, kept) => tests(realPlace(isolate, kept)));
  });
}

type RealPlace = ReturnType<typeof realPlace>;

/** Creates a folder, a tag and a place for each test. */
function realPlace(isolate: Isolate, kept: string) {
  let root: string;
  let protect: readonly string[];
  let tag: string;
  let place: Place;
  let isolated: boolean;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'yard-place-'));
    await mkdir(join(root, 'theirs'));
    protect = kept === 'nothing' ? [] : [join(root, 'theirs')];
    isolated = (await isolationFor({ pids: isolate, protect, writable: [] })).pids;
    tag = randomUUID();
    place = localPlace();
  });

  afterEach(async (context) => {
    const strays = (): readonly number[] => carriers(`YARD_TEST=${tag}`);
    try {
      // A wrapper may take a moment to end after it has written the status.
      await expect.poll(strays, { interval: 20, message: 'processes left by the test' }).toEqual([]);
    } finally {
      // Repeated, because some tests fork; limited, because nothing may hang here.
      for (let round = 0, left = strays(); left.length > 0 && round < 100; round += 1, left = strays()) left.forEach(killed);
      if (context.task.result?.state === 'fail') console.error(`kept: ${root}`);
      else await rm(root, { recursive: true, force: true });
    }
  });

  const env = (): Record<string, string> => ({ PATH: '/usr/local/bin:/usr/bin:/bin', YARD_TEST: tag });
  const spec = (over: Partial<CommandSpec> = {}): CommandSpec => ({
    file: '/bin/sh',
    args: [],
    env: { set: env(), unset: [], secret: [] },
    stdin: null,
    cwd: root,
    files: [],
    ...over,
  });
  const script = (text: string, over: Partial<CommandSpec> = {}): CommandSpec => spec({ args: ['-c', text], ...over });
  const launch = (
    what: CommandSpec,
    over: { folder?: string; protect?: readonly string[]; record?: (launch: Launch) => Promise<void> } = {},
  ): Promise<Launch> =>
    place.launch({
      spec: what,
      folder: join(root, 'worker'),
      marker: randomUUID(),
      isolate,
      protect,
      writable: [],
      record: async () => {},
      ...over,
    });
  const output = async (one: Launch, stream: Stream = 'stdout'): Promise<string> =>
    (await place.read({ launch: one, stream, offset: 0, limit: 64 * 1024 * 1024 })).toString();
  const said = async (one: Launch, text: string): Promise<void> => {
    await expect.poll(() => output(one), { interval: 10 }).toContain(text);
  };
  const finished = async (one: Launch): Promise<unknown> => {
    await place.ended(one, never);
    return place.look(one);
  };
  const run = async (what: CommandSpec): Promise<Launch> => {
    const one = await launch(what);
    await place.ended(one, never);
    return one;
  };
  const exists = (file: string): Promise<boolean> =>
    stat(join(root, file)).then(
      () => true,
      () => false,
    );
  const pipe = (file: string): string => {
    execFileSync('mkfifo', [join(root, file)]);
    return join(root, file);
  };

  /**
   * Another process that has `place`, `write(file, value)` and `launch(spec, record)`; it exits when its code has run, if
   * it can.
   */
  const elsewhere = (given: { code: string; spec?: CommandSpec; launch?: Launch }) => {
    const program = `
      import { writeFileSync } from 'node:fs';
      const { localPlace } = await import(${JSON.stringify(module)});
      const place = localPlace();
      const given = ${JSON.stringify({ spec: given.spec ?? null, launch: given.launch ?? null })};
      const write = (file, value) => writeFileSync(${JSON.stringify(root)} + '/' + file, JSON.stringify(value));
      const launch = (record) => place.launch({ spec: given.spec, folder: ${JSON.stringify(join(root, 'worker'))}, marker: ${JSON.stringify(randomUUID())}, isolate: '${isolate}', protect: ${JSON.stringify(protect)}, writable: [], record });
      ${given.code}`;
    // As if started by nohup or in the background of a script: the worker must not inherit ignored signals.
    const child = spawn(
      '/bin/sh',
      ['-c', 'trap "" HUP INT QUIT; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', program],
      {
        env: { ...process.env, YARD_TEST: tag },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    return once(child, 'close').then(([code, signal]) => ({ code, signal, stderr }));
  };
  const stored = async (): Promise<Launch> => JSON.parse(await readFile(join(root, 'launch.json'), 'utf8')) as Launch;

  return {
    isolate,
    now: () => ({ root, protect, tag, place, isolated }),
    ...{ env, spec, script, launch, output, said, finished, run, exists, pipe, elsewhere, stored },
  };
}
