// The store's contract on the clock of leases: the boot clock alone decides when a lease has run out, whatever the wall
// clocks of holders and callers are set to.
import { expect, test } from 'vitest';
import { claimed, instant, reach } from './store.samples.ts';
import type { Store } from './store.ts';

const hour = 3_600_000;
const leaseFor = 100;

export function leaseClockContract(stores: () => { readonly store: Store; readonly other: Store }): void {
  const shifts: readonly (readonly [string, number, number])[] = [
    ['the asker is an hour ahead', 0, hour],
    ['the asker is an hour behind', hour, 0],
    ['both clocks have stood still since 1970', 0, 0],
  ];
  test.each(shifts)('%s: a lease runs out in its own time, not sooner and not later', async (_, mine, theirs) => {
    const { store, other } = stores();
    const { lease } = await claimed(store, 't1', { leaseFor, leaseFrom: instant(10, { wall: mine }) });
    const ask = (ms: number) => other.takeOver({ holder: 'two', leaseFor, at: instant(ms, { wall: theirs }), reach });
    expect(await ask(109)).toEqual([]);
    expect(await store.renew({ holder: 'one', leaseFor, at: instant(109, { wall: mine }) })).toEqual([lease.attempt]);
    expect(await ask(208)).toEqual([]);
    expect((await ask(209)).map((one) => one.lease)).toEqual([{ ...lease, holder: 'two', fence: 2 }]);
    expect(await store.takeOver({ holder: 'one', leaseFor, at: instant(308, { wall: mine }), reach })).toEqual([]);
    expect(
      (await store.takeOver({ holder: 'one', leaseFor, at: instant(309, { wall: mine }), reach })).map((one) => one.lease.fence),
    ).toEqual([3]);
  });

  test('a holder whose wall clock jumps between its renewals keeps what it holds', async () => {
    const { store, other } = stores();
    const { lease } = await claimed(store, 't1', { leaseFor, leaseFrom: instant(0) });
    for (const [index, wall] of [hour, -hour, 0, 1e15].entries()) {
      const ms = (index + 1) * (leaseFor - 1);
      expect(await other.takeOver({ holder: 'two', leaseFor, at: instant(ms), reach })).toEqual([]);
      expect(await store.renew({ holder: 'one', leaseFor, at: instant(ms, { wall }) })).toEqual([lease.attempt]);
    }
    expect(await store.patchAttempt({ lease, patch: {} })).toBe('ok');
  });

  test.each([0, 50, 109, 5000])('after a restart of the machine, %i ms old, a lease of before it has run out', async (ms) => {
    const { store, other } = stores();
    const { lease } = await claimed(store, 't1', { leaseFor, leaseFrom: instant(10) });
    const at = instant(ms, { boot: 'the next boot', wall: instant(10).wall });
    expect((await other.takeOver({ holder: 'two', leaseFor, at, reach })).map((one) => one.lease)).toEqual([
      { ...lease, holder: 'two', fence: 2 },
    ]);
    expect(await other.takeOver({ holder: 'three', leaseFor, at, reach })).toEqual([]);
  });
}
