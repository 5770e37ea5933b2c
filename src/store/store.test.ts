// The store's contract on SQLite: three connections to one file, and one in memory.
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { unseen } from '../core/route/account.ts';
import { storeContract } from '../ports/store.testsuite.ts';
import { type Opened, instant, reach, request } from '../ports/store.samples.ts';
import { openStore } from './open.ts';

let template = '';
beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'yard-store-'));
  await (await openStore({ file: join(template, 'db') })).end();
});
afterAll(() => rm(template, { recursive: true }));

/** A copy of a migrated file: opening is tested elsewhere, and would be most of the time of a small test. */
async function onFile(): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'yard-store-'));
  const file = join(folder, 'yardmaster.db');
  await copyFile(join(template, 'db'), file);
  const stores = [await openStore({ file }), await openStore({ file }), await openStore({ file })] as const;
  return {
    stores,
    dispose: async () => {
      for (const store of stores) await store.end();
      await rm(folder, { recursive: true });
    },
  };
}

async function inMemory(): Promise<Opened> {
  const store = await openStore({ file: ':memory:' });
  return { stores: [store, store, store], dispose: () => store.end() };
}

storeContract({ name: 'a file', open: onFile, runs: 15 });
storeContract({ name: 'memory', open: inMemory, runs: 30 });

test('the change mark moves with other connections’ commits only', async () => {
  const { stores, dispose } = await onFile();
  onTestFinished(dispose);
  const [store, other] = stores;
  const before = await store.changeMark();
  await store.addRepo({ root: '/own', at: 1 });
  await other.repos();
  expect(await store.changeMark()).toBe(before);
  await other.addRepo({ root: '/other', at: 1 });
  const after = await store.changeMark();
  expect(after).not.toBe(before);
  await other.changeCondition({ kind: 'account', name: 'key', change: () => unseen });
  const seen = await store.changeMark();
  expect(seen).not.toBe(after);
  await other.changeCondition({ kind: 'account', name: 'key', change: (state) => state ?? unseen });
  expect(await store.changeMark()).toBe(seen);
  await other.takeOver({ holder: 'two', leaseFor: 1, at: instant(1), reach });
  await other.putTask({ repo: '/own', task: request('t1'), at: 1 });
  expect(await store.changeMark()).not.toBe(seen);
});
