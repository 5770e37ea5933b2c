// The store's contract on leases: who holds an attempt, when another supervisor may take it over, and on which hosts.
import { expect, test } from 'vitest';
import { claimed, closeAs, instant, reach } from './store.samples.ts';
import type { Store } from './store.ts';

type Stores = () => { readonly store: Store; readonly other: Store };

export function leases(stores: Stores): void {
  test('nobody takes over before the lease runs out, and with a higher fence after', async () => {
    const { store, other } = stores();
    const { attempt, lease } = await claimed(store, 't1', { at: 10, leaseFor: 100 });
    expect(await other.takeOver({ holder: 'two', leaseFor: 100, at: instant(109), reach })).toEqual([]);
    const taken = await other.takeOver({ holder: 'two', leaseFor: 100, at: instant(110), reach });
    expect(taken).toEqual([{ attempt, lease: { attempt: attempt.id, holder: 'two', fence: 2 } }]);
    expect(await store.patchAttempt({ lease, patch: { state: 'running' } })).toBe('lost');
    expect(await other.patchAttempt({ lease: { attempt: attempt.id, holder: 'two', fence: 2 }, patch: { state: 'running' } })).toBe('ok');
    expect(await store.takeOver({ holder: 'one', leaseFor: 100, at: instant(209), reach })).toEqual([]);
  });

  test('a renewed lease holds on; closed and foreign ones are not renewed', async () => {
    const { store, other } = stores();
    const first = await claimed(store, 't1', { at: 10, leaseFor: 100 });
    await claimed(store, 't2', { holder: 'two', at: 10, leaseFor: 100 });
    const third = await claimed(store, 't3');
    await closeAs(store, { lease: third.lease, to: 'failed' });
    expect(await store.renew({ holder: 'one', leaseFor: 100, at: instant(100) })).toEqual([first.attempt.id]);
    const taken = async (at: number): Promise<string[]> =>
      (await other.takeOver({ holder: 'three', leaseFor: 500, at: instant(at), reach })).map(({ attempt }) => attempt.taskId);
    expect(await taken(199)).toEqual(['t2']);
    expect(await taken(200)).toEqual(['t1']);
    expect(await store.renew({ holder: 'one', leaseFor: 100, at: instant(200) })).toEqual([]);
  });

  test('a holder that takes its own attempt over goes on with the new fence only', async () => {
    const { store } = stores();
    const { lease } = await claimed(store, 't1');
    const [taken] = await store.takeOver({ holder: 'one', leaseFor: 100, at: instant(500), reach });
    expect(taken?.lease).toEqual({ ...lease, fence: 2 });
    expect(await store.patchAttempt({ lease, patch: {} })).toBe('lost');
    expect(await store.patchAttempt({ lease: { ...lease, fence: 2 }, patch: {} })).toBe('ok');
  });

  test('a released attempt may be taken over at once, and the old lease is gone', async () => {
    const { store, other } = stores();
    const first = await claimed(store, 't1', { leaseFor: 1000 });
    await claimed(store, 't2', { holder: 'two', leaseFor: 1000 });
    expect(await store.holders()).toContain('one');
    await store.release({ holder: 'one' });
    expect(await store.holders()).not.toContain('one');
    expect(await store.renew({ holder: 'one', leaseFor: 1000, at: instant(20) })).toEqual([]);
    expect(await store.patchAttempt({ lease: first.lease, patch: { state: 'running' } })).toBe('lost');
    const taken = await other.takeOver({ holder: 'three', leaseFor: 1000, at: instant(20), reach });
    expect(taken.map(({ attempt, lease }) => [attempt.id, lease.fence])).toEqual([[first.attempt.id, 2]]);
  });

  test('a lease that runs longer than any could is of a clock that was started anew, and is taken over', async () => {
    const { store, other } = stores();
    const { attempt, lease } = await claimed(store, 't1', { at: 5000, leaseFor: 100 });
    expect(await other.takeOver({ holder: 'two', leaseFor: 100, at: instant(4900), reach })).toEqual([]);
    const taken = await other.takeOver({ holder: 'two', leaseFor: 100, at: instant(4899), reach });
    expect(taken.map((one) => one.lease)).toEqual([{ attempt: attempt.id, holder: 'two', fence: 2 }]);
    expect(await store.patchAttempt({ lease, patch: {} })).toBe('lost');
    expect(await store.takeOver({ holder: 'one', leaseFor: 100, at: instant(4900), reach })).toEqual([]);
  });
}

export function hosts(stores: Stores): void {
  const elsewhere = { place: 'local', host: 'another' };
  const ids = (attempts: readonly { readonly id: string }[]): string[] => attempts.map(({ id }) => id);

  test('of a place that is not within reach nothing is taken over, and it is told what is left alone', async () => {
    const { store, other } = stores();
    const { attempt } = await claimed(store, 't1', { at: 10, leaseFor: 100 });
    const late = { leaseFor: 100, at: instant(110) };
    for (const beyond of [[], [elsewhere], [{ place: 'pool', host: 'this' }]]) {
      expect(await other.takeOver({ holder: 'two', ...late, reach: beyond })).toEqual([]);
      expect(await other.beyondReach({ ...late, reach: beyond })).toEqual([attempt]);
      // An attempt whose lease is renewed is not reported.
      expect(await other.beyondReach({ leaseFor: 100, at: instant(109), reach: beyond })).toEqual([]);
    }
    expect(await other.beyondReach({ ...late, reach: [elsewhere, ...reach] })).toEqual([]);
    const taken = await other.takeOver({ holder: 'two', ...late, reach: [elsewhere, ...reach] });
    expect(ids(taken.map((one) => one.attempt))).toEqual([attempt.id]);
  });

  test('released, it is still only for those who reach it; closed, it is nobody’s', async () => {
    const { store, other } = stores();
    const { attempt, lease } = await claimed(store, 't1');
    const now = { leaseFor: 100, at: instant(20) };
    expect(await other.beyondReach({ ...now, reach: [elsewhere] })).toEqual([]);
    await store.release({ holder: 'one' });
    expect(await other.takeOver({ holder: 'two', ...now, reach: [elsewhere] })).toEqual([]);
    expect(ids(await other.beyondReach({ ...now, reach: [elsewhere] }))).toEqual([attempt.id]);
    const [taken] = await other.takeOver({ holder: 'two', ...now, reach });
    expect(taken?.lease).toEqual({ ...lease, holder: 'two', fence: 2 });
    await closeAs(other, { lease: { ...lease, holder: 'two', fence: 2 }, to: 'failed' });
    expect(await other.beyondReach({ leaseFor: 100, at: instant(999), reach: [elsewhere] })).toEqual([]);
  });
}
