// Three real processes on one file: they open it while it is new, and see 200 tasks through.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { repo, request } from '../ports/store.samples.ts';
import { openStore } from './open.ts';

const fixture = fileURLToPath(new URL('claimer.fixture.ts', import.meta.url));
let folder = '';
let children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yard-store-'));
});
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  children = [];
  await rm(folder, { recursive: true });
});

/** Lines as they arrive; the end of the process is the end of the lines. */
function start(file: string, holder: string) {
  const child = spawn(process.execPath, [fixture, file, holder], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    line: async () => ((await lines.next()) as { value?: string }).value ?? '',
    go: () => child.stdin.end('go\n'),
    ended: once(child, 'close'),
  };
}

test('each of 200 tasks is claimed exactly once', async () => {
  const file = join(folder, 'new', 'yardmaster.db');
  const holders = ['one', 'two', 'three'];
  const processes = holders.map((holder) => start(file, holder));
  expect(await Promise.all(processes.map(({ line }) => line()))).toEqual(['ready', 'ready', 'ready']);

  const store = await openStore({ file });
  expect((await store.repos()).toSorted()).toEqual(['/of/one', '/of/three', '/of/two']);
  const ids = Array.from({ length: 200 }, (_, index) => `t${index}`);
  for (const id of ids) await store.putTask({ repo, task: request(id), at: 1 });
  const mark = await store.changeMark();
  for (const { go } of processes) go();
  const got = (await Promise.all(processes.map(({ line }) => line()))).map((line) => JSON.parse(line) as string[]);
  expect(await Promise.all(processes.map(({ ended }) => ended))).toEqual([
    [0, null],
    [0, null],
    [0, null],
  ]);

  expect(got.flat().toSorted()).toEqual(ids.toSorted());
  expect(await store.changeMark()).not.toBe(mark);
  expect(await store.openAttempts()).toEqual([]);
  expect(await store.tasks({ states: ['delivered'] })).toHaveLength(200);
  const attempts = await store.attemptsOf((await store.tasks({})).map(({ key }) => key));
  expect(attempts.map(({ taskId }) => taskId)).toEqual(ids);
  for (const attempt of attempts) {
    const [event] = await store.events({ attempt: attempt.id });
    const holder = event?.event.type === 'said' ? event.event.text : '';
    expect(got[holders.indexOf(holder)]).toContain(attempt.taskId);
  }
  await store.end();
});
