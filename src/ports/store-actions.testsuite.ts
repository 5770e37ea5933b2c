// Tests actions of people on a task while two supervisors work on it: every action at every stage of an attempt, from
// either process, while the attempt belongs to the supervisor that claimed it or to the one that took it over. After every
// action, only the holder can end the attempt, and the worker's results belong to the task.
import { describe, expect, test } from 'vitest';
import { actions, type Action } from '../core/task/action.ts';
import type { Lease } from '../core/task/attempt.ts';
import type { RestingState, TaskState } from '../core/task/task.ts';
import type { Verdict } from '../core/task/verdict.ts';
import { addTask, claimBy, claimed, closeAs, closing, instant, reach, verdict } from './store.samples.ts';
import type { AttemptPatch, Store } from './store.ts';
import { sampleCondition, because } from '../core/core.samples.ts';
import { inWords } from '../core/reason/said.ts';

type Stores = () => { readonly store: Store; readonly other: Store };

const launch = { place: 'local', host: 'this', at: 1, marker: 'm', ref: {} } as const;
const stalled = { reason: 'stalled', said: inWords('silent'), until: null } as const;
const crashed: Verdict = { ...verdict, kind: 'crashed' };

/** The stored fields of an open attempt, by its stage. */
const stages: Readonly<Record<string, AttemptPatch>> = {
  claimed: {},
  'before its gate': { launch },
  running: { launch, state: 'running' },
  'being stopped': { launch, state: 'running', stop: stalled },
  settling: { launch, state: 'settling', exit: { code: 0, signal: null } },
};

/** The next state of a task on which nobody works; null: the action is refused. */
const moves: Readonly<Record<RestingState, Readonly<Record<Action, TaskState | null>>>> = {
  queued: { cancel: 'cancelled', retry: 'queued', reset: 'queued' },
  delivered: { cancel: null, retry: null, reset: 'queued' },
  done: { cancel: null, retry: null, reset: 'queued' },
  blocked: { cancel: 'cancelled', retry: 'queued', reset: 'queued' },
  failed: { cancel: 'cancelled', retry: 'queued', reset: 'queued' },
  cancelled: { cancel: null, retry: 'queued', reset: 'queued' },
};

export function actionContract(stores: Stores): void {
  const given = (['its holder', 'another one'] as const).flatMap((by) => ['claimed', 'taken over'].map((how) => [by, how] as const));
  describe.each(given)('by the process of %s, of an attempt that was %s', (by, how) => {
    const open = async (
      patch: AttemptPatch,
    ): Promise<{ key: number; id: string; asked: Store; holder: Store; lease: Lease; lost: Lease[] }> => {
      const { store, other } = stores();
      const { task, attempt, lease } = await claimed(store, 't1');
      await store.patchAttempt({ lease, patch });
      const base = { key: task.key, id: attempt.id };
      const asks = (holder: Store): Store => (by === 'its holder' ? holder : holder === store ? other : store);
      if (how === 'claimed') return { ...base, asked: asks(store), holder: store, lease, lost: [] };
      const [taken] = await other.takeOver({ holder: 'two', leaseFor: 100, at: instant(500), reach });
      return { ...base, asked: asks(other), holder: other, lease: taken!.lease, lost: [lease] };
    };

    test.each(Object.entries(stages))('%s: only a cancellation is heard, and it ends as its holder says', async (_, patch) => {
      const { key, id, asked, holder, lease, lost } = await open(patch);
      for (const action of ['retry', 'reset'] as const)
        expect(await asked.act({ key, action, at: 600 })).toMatchObject({
          acted: 'refused',
          why: expect.stringContaining('t1 is running'),
        });
      expect(await claimBy(asked, { taskKey: key })).toMatchObject({ claimed: false });
      expect(await asked.hold({ key, holder: 'me', what: 'clearing', at: 600 })).toBe(false);
      expect(await asked.attempt(id)).toMatchObject({ stop: patch.stop ?? null });
      for (const old of lost) expect(await closeAs(asked, { lease: old, to: 'delivered' })).toBe('lost');
      expect(await closeAs(holder, { lease, to: 'delivered' })).toBe('ok');
      expect(await asked.taskByKey(key)).toMatchObject({ state: 'delivered', attempts: 1 });
    });

    test.each(Object.entries(stages))('%s, and cancelled: it can end in no other way, unless its work arrived first', async (_, patch) => {
      const { key, id, asked, holder, lease } = await open(patch);
      for (const at of [600, 601]) expect(await asked.act({ key, action: 'cancel', at })).toEqual({ acted: 'stopping', attempt: id });
      const stop = { reason: 'cancelled', said: { code: 'cancelled', facts: {} }, until: null };
      expect(await holder.attempt(id)).toMatchObject({ stop });
      expect((await holder.taskByKey(key))?.state).toBe('running');
      for (const to of ['queued', 'failed', 'blocked'] as const)
        expect(await closeAs(holder, { lease, to, closing: closing({ verdict: crashed }) })).toEqual({ overruledBy: stop });
      expect((await holder.attempt(id))?.verdict).toBeNull();
      const arrived = by === 'another one';
      const end = arrived ? verdict : ({ ...verdict, kind: 'cancelled' } as const);
      expect(await closeAs(holder, { lease, to: arrived ? 'delivered' : 'cancelled', closing: closing({ verdict: end }) })).toBe('ok');
      expect(await asked.taskByKey(key)).toMatchObject({ state: arrived ? 'delivered' : 'cancelled' });
      expect(await asked.act({ key, action: 'cancel', at: 700 })).toMatchObject({ acted: 'refused' });
    });
  });

  describe.each(Object.entries(moves))('a task that is %s', (state, rules) => {
    test.each(actions)('%s', async (action) => {
      const { store, other } = stores();
      const { key } = await addTask(store, 't1');
      const from = state as RestingState;
      if (from === 'done' || from === 'delivered') {
        const claim = await claimBy(store, { taskKey: key });
        if (claim.claimed)
          await closeAs(store, { lease: claim.lease, to: 'delivered', patch: { delivery: { commit: 'c1', evidence: 'pushed' } } });
      }
      if (from === 'done') await store.moveTask({ key, from: ['delivered'], to: 'done', reason: because('pushed'), at: 3 });
      else if (from !== 'queued') await store.moveTask({ key, from: ['queued'], to: from, reason: because('because'), at: 3 });
      await store.patchTask({ key, patch: { retries: 2, notBefore: 9e9 }, at: 4 });
      const before = await store.taskByKey(key);
      const path = await store.transitions(key);
      const acted = await other.act({ key, action, at: 7 });
      const to = rules[action];
      if (to === null) {
        expect(acted).toMatchObject({ acted: 'refused', why: expect.stringContaining(`t1 is ${from}`) });
        expect(await store.taskByKey(key)).toEqual(before);
        return;
      }
      expect(acted).toEqual({ acted: 'moved' });
      const fresh = { retries: 0, notBefore: null, countFrom: before?.attempts };
      const changes = { cancel: {}, retry: fresh, reset: { ...fresh, delivery: null } }[action];
      const code = { cancel: 'cancelled', retry: 'retried', reset: 'reset' }[action];
      const reason = from === to ? before?.reason : expect.objectContaining({ code });
      expect(await store.taskByKey(key)).toEqual({ ...before, ...changes, state: to, reason, updatedAt: 7 });
      expect(await store.transitions(key)).toHaveLength(path.length + (from === to ? 0 : 1));
    });
  });

  test('a retry forgives the accounts whose sign-in was refused since a person last tried', async () => {
    const { store, other } = stores();
    const failed = { at: 1, why: sampleCondition('auth') };
    for (const name of ['first', 'second'])
      await store.changeCondition({
        kind: 'account',
        name,
        change: () => ({ failed, paused: null, proof: null, cooldowns: [], windows: [] }),
      });
    const { task, lease } = await claimed(store, 't1');
    const refused = closing({ verdict: { ...verdict, kind: 'auth' } });
    await closeAs(store, { lease, to: 'blocked', closing: refused });
    await other.act({ key: task.key, action: 'retry', at: 7 });
    const states = await store.conditions('account');
    expect([states.get('first')?.failed, states.get('second')?.failed]).toEqual([null, failed]);
  });

  test('nothing is done to a task that is not there', async () => {
    expect(await stores().store.act({ key: 77, action: 'cancel', at: 1 })).toMatchObject({ acted: 'refused' });
  });
}
