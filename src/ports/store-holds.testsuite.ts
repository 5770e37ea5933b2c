// Holds exclude claims and each other, and only their holder ends them.
import { expect, test } from 'vitest';
import { addTask, claimBy, claimed, closeAs } from './store.samples.ts';
import type { Store } from './store.ts';

export function holdContract(stores: () => { readonly store: Store; readonly other: Store }): void {
  test('a held task is not claimed until it is let go', async () => {
    const { store, other } = stores();
    const { key } = await addTask(store, 't1');
    const hold = { key, holder: 'me', what: 'attached', at: 5 } as const;
    expect(await store.hold(hold)).toBe(true);
    expect(await other.holds()).toEqual([hold]);
    expect(await claimBy(other, { taskKey: key })).toEqual({ claimed: false, why: 'held' });
    await other.unhold({ key, holder: 'me' });
    expect(await store.holds()).toEqual([]);
    expect(await claimBy(other, { taskKey: key })).toMatchObject({ claimed: true });
  });

  test('one at a time, and nobody else ends it', async () => {
    const { store, other } = stores();
    const { key } = await addTask(store, 't1');
    const second = await addTask(store, 't2');
    expect(await store.hold({ key, holder: 'me', what: 'attached', at: 5 })).toBe(true);
    expect(await other.hold({ key, holder: 'you', what: 'clearing', at: 6 })).toBe(false);
    expect(await store.hold({ key, holder: 'me', what: 'attached', at: 7 })).toBe(false);
    expect(await other.hold({ key: second.key, holder: 'you', what: 'clearing', at: 8 })).toBe(true);
    await other.unhold({ key, holder: 'you' });
    expect((await store.holds()).map(({ holder, at }) => [holder, at])).toEqual([
      ['me', 5],
      ['you', 8],
    ]);
  });

  test('a holder passes it on, and then it is no longer theirs', async () => {
    const { store, other } = stores();
    const { key } = await addTask(store, 't1');
    const hold = { key, what: 'attached', at: 5 } as const;
    expect(await store.hold({ ...hold, holder: 'me' })).toBe(true);
    expect(await other.hold({ ...hold, holder: 'you', instead: 'nobody' })).toBe(false);
    expect(await store.hold({ ...hold, holder: 'mine', instead: 'me' })).toBe(true);
    await store.unhold({ key, holder: 'me' });
    expect((await other.holds()).map(({ holder }) => holder)).toEqual(['mine']);
  });

  test('what an open attempt works in is not cleared', async () => {
    const { store, other } = stores();
    const { task, lease } = await claimed(store, 't1');
    const hold = { key: task.key, holder: 'me', what: 'clearing', at: 5 } as const;
    expect(await other.hold(hold)).toBe(false);
    expect(await store.holds()).toEqual([]);
    await closeAs(store, { lease, to: 'failed' });
    expect(await other.hold(hold)).toBe(true);
  });

  test('an open attempt stays as it is under a hold', async () => {
    const { store } = stores();
    const { task, attempt } = await claimed(store, 't1');
    expect(await store.hold({ key: task.key, holder: 'me', what: 'attached', at: 5 })).toBe(true);
    expect(await store.attempt(attempt.id)).toEqual(attempt);
  });
}
