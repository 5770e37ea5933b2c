// A database that another program keeps locked, that has no more room, or that became read-only: what waits is done in the
// end, what fails says what to do, nothing is half-written, and the store continues afterwards.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { noTokens } from '../core/transcript/transcript.ts';
import { addTask, claimBy, claimed, instant } from '../ports/store.samples.ts';
import type { Store } from '../ports/store.ts';
import { openSqlite, openStore } from './open.ts';
import { storeOn } from './store.ts';

const fixture = fileURLToPath(new URL('locker.fixture.ts', import.meta.url));
let folder = '';
let file = '';
let locker: ChildProcess | null = null;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yard-store-'));
  file = join(folder, 'db');
});
afterEach(async () => {
  if (locker !== null && locker.exitCode === null && locker.signalCode === null) {
    locker.kill('SIGKILL');
    await once(locker, 'close');
  }
  await rm(folder, { recursive: true });
});

/** Resolves once the other program has the lock, to a function that releases it and resolves when that is done. */
async function lockedBy(...statements: readonly string[]): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, [fixture, file, ...statements], { stdio: ['pipe', 'pipe', 'inherit'] });
  locker = child;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<unknown> => (await lines.next()).value;
  expect(await line()).toBe('locked');
  return async () => {
    child.stdin.write('go\n');
    expect(await line()).toBe('free');
  };
}

describe('locked by another program', () => {
  test.each(['immediate', 'exclusive'])('begin %s: reads go on, writes wait and are done', async (kind) => {
    const store = await openStore({ file });
    const { attempt, lease } = await claimed(store, 't1');
    const next = await addTask(store, 't2');
    const letGo = await lockedBy(`begin ${kind}`);
    const impatient = await openStore({ file, patience: 0 });
    const answered: string[] = [];
    const note = async (name: string, answer: Promise<unknown>): Promise<unknown> => answer.then((got) => (answered.push(name), got));
    const writes = Promise.all([
      note('renew', store.renew({ holder: 'one', leaseFor: 100, at: instant(50) })),
      note('claim', claimBy(store, { taskKey: next.key })),
      note('patch', store.patchAttempt({ lease, patch: { state: 'running' } })),
    ]);
    expect(await impatient.renew({ holder: 'one', leaseFor: 1, at: instant(1) }).catch((error: unknown) => error)).toMatchObject({
      code: 'database-busy',
      hint: expect.stringContaining('try again') as string,
    });
    // The same connection that waits to write still reads.
    expect(await store.openAttempts()).toEqual([attempt]);
    expect(answered).toEqual([]);
    await letGo();
    expect(await writes).toMatchObject([[attempt.id], { claimed: true }, 'ok']);
    expect(await impatient.openAttempts()).toHaveLength(2);
    await store.end();
    await impatient.end();
  });

  test('with the whole file to itself: reads, writes and openings wait, and the event loop goes on', async () => {
    await (await openStore({ file })).end();
    const letGo = await lockedBy('pragma locking_mode = exclusive', 'begin immediate', `insert into repos values ('/theirs', 1)`, 'commit');
    await expect(openStore({ file, patience: 0 })).rejects.toMatchObject({ code: 'database-busy' });
    const opening = openStore({ file });
    // If opening had blocked the thread, this could not be sent to the other program.
    await letGo();
    const store = await opening;
    expect(await store.repos()).toEqual(['/theirs']);
    await store.end();
  });
});

/** More than the room that the tests below leave. */
async function addMuch(store: Store, lease: { attempt: string; holder: string; fence: number }): Promise<unknown> {
  const events = Array.from({ length: 400 }, () => ({ type: 'said', text: 'x'.repeat(10_000) }) as const);
  const progress = { outOffset: 77, cost: 1, tokens: noTokens, steps: 1, at: 20 };
  return store.addEvents({ lease, events, ...progress });
}

describe('no room', () => {
  test('a database that may not grow fails whole, and goes on when it may', async () => {
    const engine = await openSqlite({ file });
    const store = storeOn(engine);
    const { attempt, lease } = await claimed(store, 't1');
    const pages = await engine.read.one<{ page_count: number }>({ text: 'pragma page_count', values: [] });
    const grow = (by: number) => engine.read.all({ text: `pragma max_page_count = ${pages!.page_count + by}`, values: [] });
    await grow(20);
    await expect(addMuch(store, lease)).rejects.toMatchObject({
      code: 'database-full',
      hint: expect.stringContaining('free some space') as string,
    });
    expect(await store.attempt(attempt.id)).toEqual(attempt);
    expect(await store.events({ attempt: attempt.id })).toEqual([]);
    expect(await store.patchAttempt({ lease, patch: { state: 'running' } })).toBe('ok');
    await grow(10_000);
    expect(await addMuch(store, lease)).toBe('ok');
    expect(await store.events({ attempt: attempt.id })).toHaveLength(400);
    await store.end();
  });

  test('a full disk fails whole, and what fits afterwards is stored', async ({ skip }) => {
    const mount = (options: string) => spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'none', folder]).status === 0;
    skip(!mount('size=2m'), 'a small disk cannot be mounted here');
    try {
      const store = await openStore({ file });
      const { attempt, lease } = await claimed(store, 't1');
      await expect(addMuch(store, lease)).rejects.toMatchObject({ code: 'database-full' });
      expect(await store.attempt(attempt.id)).toEqual(attempt);
      expect(await store.events({ attempt: attempt.id })).toEqual([]);
      expect(mount('remount,size=64m')).toBe(true);
      expect(await addMuch(store, lease)).toBe('ok');
      await store.end();
      const again = await openStore({ file });
      expect(await again.events({ attempt: attempt.id })).toHaveLength(400);
      await again.end();
    } finally {
      spawnSync('umount', ['-l', folder]);
    }
  });
});

test('a database that became read-only fails with its fault, and goes on when it is not', async () => {
  const engine = await openSqlite({ file });
  const store = storeOn(engine);
  const only = (on: boolean) => engine.read.all({ text: `pragma query_only = ${on ? 1 : 0}`, values: [] });
  await only(true);
  await expect(store.addRepo({ root: '/r', at: 1 })).rejects.toMatchObject({ code: 'database-unwritable' });
  expect(await store.repos()).toEqual([]);
  await only(false);
  expect(await store.addRepo({ root: '/r', at: 1 })).toBe(true);
  await store.end();
});
