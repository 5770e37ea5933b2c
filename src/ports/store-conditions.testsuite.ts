// Conditions: the known state of accounts and providers. Each is changed by a rule on the stored state, and no observation
// is lost.
import { expect, test } from 'vitest';
import { withWindow } from '../core/route/account-change.ts';
import { unseen, type AccountState } from '../core/route/account.ts';
import { afterFailure, closed } from '../core/route/breaker.ts';
import type { Store } from './store.ts';
import { sampleCondition } from '../core/core.samples.ts';

/** An account with every possible observation. */
const seen: AccountState = {
  paused: { at: 1, why: sampleCondition('by a person: "ö') },
  failed: { at: 2, why: sampleCondition('auth: 401') },
  proof: { at: 3, ok: null, why: sampleCondition('timed out') },
  cooldowns: [
    { model: null, until: 1_790_000_000_123, streak: 2, why: sampleCondition('w'), attempt: 'a1' },
    { model: 'acme/big', until: 5, streak: 1, why: sampleCondition('w'), attempt: 'a2' },
  ],
  windows: [{ name: 'five_hour', used: 0.93, resetsAt: null }],
};

export function conditionContract(stores: () => { readonly store: Store; readonly other: Store }): void {
  test('of what nothing was seen is not listed; the first change is told null, the next what stands', async () => {
    const { store, other } = stores();
    expect(await store.conditions('account')).toEqual(new Map());
    const told: (AccountState | null)[] = [];
    const change = (after: AccountState) => (state: AccountState | null) => (told.push(state), after);
    expect(await store.changeCondition({ kind: 'account', name: 'key', change: change(seen) })).toEqual(seen);
    // The rule may be called twice.
    expect(new Set(told)).toEqual(new Set([null]));
    told.length = 0;
    expect(await other.changeCondition({ kind: 'account', name: 'key', change: change(unseen) })).toEqual(unseen);
    expect(told.length).toBeGreaterThan(0);
    for (const state of told) expect(state).toEqual(seen);
    expect(await store.conditions('account')).toEqual(new Map([['key', unseen]]));
  });

  test('each name has its own, in order, and a provider is no account', async () => {
    const { store, other } = stores();
    const names = ['b', 'a', 'constructor', '__proto__', 'opencode-https://x.example', '', 'ö'];
    for (const name of names)
      await store.changeCondition({ kind: 'account', name, change: () => ({ ...unseen, paused: { at: 1, why: sampleCondition(name) } }) });
    const failed = afterFailure(closed, { task: 7, startedAt: 4, at: 5, base: 1, seed: 's' });
    await other.changeCondition({ kind: 'provider', name: 'a', change: (state) => state ?? failed });
    const accounts = await other.conditions('account');
    expect([...accounts.keys()]).toEqual(names.toSorted());
    for (const name of names) expect(accounts.get(name)?.paused?.why).toEqual(sampleCondition(name));
    expect(await store.conditions('provider')).toEqual(new Map([['a', failed]]));
  });

  test('changes at once are all kept', async () => {
    const { store, other } = stores();
    const see = (name: string, index: number): Promise<AccountState> =>
      (index % 2 === 0 ? store : other).changeCondition({
        kind: 'account',
        name,
        change: (state) => withWindow(state ?? unseen, { name: `w${index}`, used: 0, resetsAt: null }),
      });
    const indices = Array.from({ length: 30 }, (_, index) => index);
    await Promise.all(indices.flatMap((index) => [see('one', index), see('two', index)]));
    const accounts = await store.conditions('account');
    for (const name of ['one', 'two'])
      expect(
        accounts
          .get(name)
          ?.windows.map((window) => window.name)
          .toSorted(),
      ).toEqual(indices.map((index) => `w${index}`).toSorted());
  });

  test('what stays as it was is not written', async () => {
    const { store, other } = stores();
    await store.changeCondition({ kind: 'account', name: 'key', change: () => seen });
    const marks = async (): Promise<readonly number[]> => [await store.changeMark(), await other.changeMark()];
    const before = await marks();
    expect(await store.changeCondition({ kind: 'account', name: 'key', change: (state) => state ?? unseen })).toEqual(seen);
    expect(await other.changeCondition({ kind: 'account', name: 'key', change: (state) => state ?? unseen })).toEqual(seen);
    expect(await marks()).toEqual(before);
  });

  test('a rule that throws changes nothing', async () => {
    const { store, other } = stores();
    const broken = (): never => {
      throw new Error('no rule');
    };
    await expect(store.changeCondition({ kind: 'account', name: 'key', change: broken })).rejects.toThrow('no rule');
    expect(await other.conditions('account')).toEqual(new Map());
    await store.changeCondition({ kind: 'account', name: 'key', change: () => seen });
    await expect(other.changeCondition({ kind: 'account', name: 'key', change: broken })).rejects.toThrow('no rule');
    expect(await store.conditions('account')).toEqual(new Map([['key', seen]]));
  });
}
