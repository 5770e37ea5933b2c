// The contract of the records beside a task, its site and its delivery: each is written together with the change of the
// task that causes it, or not at all, and both outlive attempts.
import { expect, test } from 'vitest';
import type { Verdict } from '../core/task/verdict.ts';
import { because } from '../core/core.samples.ts';
import { addTask, claimBy, claimed, closeAs, closing, instant, reach, repo, verdict } from './store.samples.ts';
import type { Store } from './store.ts';

type Stores = () => { readonly store: Store; readonly other: Store };

const made = { site: { checkout: '/w/1-t1-1' }, delivery: { branch: 'yard/t1', base: 'b1' } } as const;
const begun = { ...made.delivery, commit: null, evidence: null };
const arrived = { commit: 'c1', evidence: 'pushed' } as const;

const crashed: Verdict = { ...verdict, kind: 'crashed' };

/** A task with an open attempt and a site. */
async function withSite(store: Store) {
  const one = await claimed(store, 't1');
  const { task, lease } = one;
  expect(await store.patchTask({ key: task.key, patch: made, at: 20, lease })).toBe('ok');
  return { ...one, key: task.key };
}

export function recordContract(stores: Stores): void {
  test('begun when the site is made, and read with the task in every way', async () => {
    const { store, other } = stores();
    const { key } = await withSite(store);
    await addTask(store, 't2');
    const read = { id: 't1', site: made.site, delivery: begun, updatedAt: 20 };
    const none = { id: 't2', site: null, delivery: null };
    expect(await other.taskByKey(key)).toMatchObject(read);
    expect(await other.task({ repo, id: 't1' })).toMatchObject(read);
    expect(await other.tasks({})).toMatchObject([read, none]);
    expect(await other.tasks({ ids: ['t2', 't1'] })).toMatchObject([read, none]);
    expect((await other.tasksByKeys([key, key + 1])).toSorted((a, b) => a.key - b.key)).toMatchObject([read, none]);
  });

  test('kept over attempts, whoever holds them', async () => {
    const { store, other } = stores();
    const { key, lease } = await withSite(store);
    await closeAs(store, { lease, to: 'queued', closing: closing({ verdict: crashed }) });
    expect(await claimBy(store, { taskKey: key })).toMatchObject({ claimed: true });
    expect(await other.takeOver({ holder: 'two', leaseFor: 100, at: instant(500), reach })).toHaveLength(1);
    expect(await store.taskByKey(key)).toMatchObject({ attempts: 2, site: made.site, delivery: begun });
  });

  test('the end of an attempt says how its work arrived; what is known of the branch stays, also when the site goes', async () => {
    const { store, other } = stores();
    const { key, lease } = await withSite(store);
    expect(await closeAs(store, { lease, to: 'delivered', patch: { delivery: arrived } })).toBe('ok');
    const delivery = { ...begun, ...arrived };
    expect(await other.taskByKey(key)).toMatchObject({ state: 'delivered', site: made.site, delivery });
    await other.moveTask({ key, from: ['delivered'], to: 'done', reason: because('pushed'), at: 30, patch: { site: null } });
    expect(await store.taskByKey(key)).toMatchObject({ state: 'done', site: null, delivery });
    expect(await store.tasks({ withSite: true })).toEqual([]);
  });

  test('without the lease nothing is written', async () => {
    const { store, other } = stores();
    const { key, lease } = await withSite(store);
    const [taken] = await other.takeOver({ holder: 'two', leaseFor: 100, at: instant(500), reach });
    const before = await other.taskByKey(key);
    for (const patch of [{ site: { checkout: '/w/1-t1-2' } }, { delivery: { branch: 'yard/t1-2' } }, { site: null, delivery: null }])
      expect(await store.patchTask({ key, patch, at: 600, lease })).toBe('lost');
    expect(await closeAs(store, { lease, to: 'delivered', patch: { delivery: arrived } })).toBe('lost');
    expect(await other.taskByKey(key)).toEqual(before);
    expect(await store.patchTask({ key, patch: { delivery: arrived }, at: 600, lease: taken!.lease })).toBe('ok');
    expect(await store.taskByKey(key)).toMatchObject({ delivery: { ...begun, ...arrived } });
  });

  test('where the task does not move, they stay as they are', async () => {
    const { store, other } = stores();
    const { key, lease } = await withSite(store);
    const patch = { site: null, delivery: arrived };
    const before = await store.taskByKey(key);
    await expect(closeAs(store, { lease, to: 'done', patch })).rejects.toMatchObject({ code: 'illegal-move' });
    expect(await other.taskByKey(key)).toEqual(before);
    await other.act({ key, action: 'cancel', at: 30 });
    expect(await closeAs(store, { lease, to: 'failed', patch, closing: closing({ verdict: crashed }) })).toHaveProperty('overruledBy');
    expect(await other.taskByKey(key)).toEqual(before);
    await closeAs(store, { lease, to: 'cancelled', closing: closing({ verdict: { ...verdict, kind: 'cancelled' } }) });
    const move = { key, to: 'done', reason: because('it was so'), at: 31, patch } as const;
    expect(await other.moveTask({ ...move, from: ['delivered'] })).toBe('illegal');
    expect(await other.moveTask({ ...move, from: ['cancelled'] })).toBe('illegal');
    expect(await store.taskByKey(key)).toMatchObject({ state: 'cancelled', site: made.site, delivery: begun });
  });

  test('a reset forgets the delivery, and nothing of other tasks', async () => {
    const { store, other } = stores();
    const { key, lease } = await withSite(store);
    await closeAs(store, { lease, to: 'delivered', patch: { delivery: arrived } });
    const second = await addTask(store, 't2');
    await store.patchTask({ key: second.key, patch: made, at: 20 });
    // A reset removes the site; then its branch is gone.
    await store.patchTask({ key, patch: { site: null, delivery: { branch: null, base: null } }, at: 30 });
    expect(await other.taskByKey(key)).toMatchObject({ site: null, delivery: { branch: null, base: null, ...arrived } });
    expect(await store.act({ key, action: 'reset', at: 31 })).toEqual({ acted: 'moved' });
    expect(await other.taskByKey(key)).toMatchObject({ state: 'queued', site: null, delivery: null });
    expect(await other.taskByKey(second.key)).toMatchObject({ site: made.site, delivery: begun });
  });

  test('a patch that only sets fields to null begins no record, and an empty one changes nothing', async () => {
    const { store } = stores();
    const { key } = await addTask(store, 't1');
    for (const delivery of [{ branch: null, base: null }, {}, null]) {
      await store.patchTask({ key, patch: { site: null, delivery }, at: 5 });
      expect(await store.taskByKey(key)).toMatchObject({ site: null, delivery: null });
    }
    await store.patchTask({ key, patch: { delivery: { evidence: 'seen' } }, at: 6 });
    await store.patchTask({ key, patch: { delivery: {} }, at: 7 });
    expect(await store.taskByKey(key)).toMatchObject({ delivery: { branch: null, base: null, commit: null, evidence: 'seen' } });
  });

  test('of a task that is not there nothing is written', async () => {
    const { store } = stores();
    await store.patchTask({ key: 77, patch: made, at: 5 });
    const { key } = await addTask(store, 't1');
    expect(await store.taskByKey(key)).toMatchObject({ site: null, delivery: null });
  });
}
