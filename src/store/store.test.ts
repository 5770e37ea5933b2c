// The store's contract on SQLite: three connections to one file, and one in memory.
import { expect, onTestFinished, test } from 'vitest';
import { unseen } from '../core/route/account.ts';
import { storeContract } from '../ports/store.testsuite.ts';
import { instant, reach, request } from '../ports/store.samples.ts';
import { openers } from './opened.samples.ts';

const { onFile, inMemory } = openers();

// More runs of the model are in store.full.test.ts.
storeContract({ name: 'a file', open: onFile, runs: 8 });
storeContract({ name: 'memory', open: inMemory, runs: 8 });

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
