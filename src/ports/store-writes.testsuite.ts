// The store's contract on writes to an attempt: patches, events and stops under its fence, and its end.
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Launch, Lease } from '../core/task/attempt.ts';
import type { TaskState } from '../core/task/task.ts';
import type { TranscriptEvent } from '../core/transcript/transcript.ts';
import { claimed, closeAs, closing, instant, reach, verdict } from './store.samples.ts';
import type { AttemptPatch, Store } from './store.ts';
import { because } from '../core/core.samples.ts';
import { inWords } from '../core/reason/said.ts';

type Stores = () => { readonly store: Store; readonly other: Store };

const said = (text: string): TranscriptEvent => ({ type: 'said', text });
const tokens = { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 };

function added(lease: Lease, events: readonly TranscriptEvent[], offset = 100) {
  return { lease, events, outOffset: offset, cost: offset * 10, tokens, steps: events.length, at: offset };
}

const launch: Launch = { place: 'local', host: 'this', at: 8, marker: 'm', ref: { any: ['thing', 1, null] } };

export function writes(stores: Stores): void {
  const patches: readonly AttemptPatch[] = [
    { state: 'running' },
    { state: 'settling' },
    { launch },
    { session: 's2' },
    { session: null },
    { role: 'reviewer' },
    { worktree: '/w' },
    { branch: 'yard/t1' },
    { exit: { code: null, signal: 'SIGKILL' } },
    { endedAt: 77 },
    { billing: 'subscription' },
    { peakMemory: 650_000_000_000 },
    { stop: { reason: 'stalled', said: inWords('silent'), until: 5 } },
    {},
  ];
  test.each(patches)('patch %o', async (patch) => {
    const { store, other } = stores();
    const { attempt, lease } = await claimed(store, 't1');
    expect(await store.patchAttempt({ lease, patch })).toBe('ok');
    expect(await other.attempt(attempt.id)).toEqual({ ...attempt, ...patch });
  });

  const wrong: readonly Partial<Lease>[] = [{ holder: 'two' }, { fence: 0 }, { fence: 2 }, { attempt: randomUUID() }];
  test.each(wrong)('a lease with %o is lost and writes nothing', async (change) => {
    const { store } = stores();
    const { task, attempt, lease: right } = await claimed(store, 't1');
    const running = await store.taskByKey(task.key);
    const lease = { ...right, ...change };
    expect(await store.patchAttempt({ lease, patch: { state: 'running' } })).toBe('lost');
    expect(await store.addEvents(added(lease, [said('x')]))).toBe('lost');
    expect(await store.patchTask({ key: task.key, patch: { site: { checkout: '/w' } }, at: 5, lease })).toBe('lost');
    expect(await closeAs(store, { lease, to: 'delivered' })).toBe('lost');
    expect(await store.attempt(attempt.id)).toEqual(attempt);
    expect(await store.events({ attempt: attempt.id })).toEqual([]);
    expect(await store.taskByKey(task.key)).toEqual(running);
    expect(await store.patchTask({ key: task.key, patch: { site: { checkout: '/w' } }, at: 5, lease: right })).toBe('ok');
    expect(await store.taskByKey(task.key)).toEqual({ ...running, site: { checkout: '/w' }, updatedAt: 5 });
  });

  test('events, offsets and totals arrive together and in order', async () => {
    const { store, other } = stores();
    const { attempt, lease } = await claimed(store, 't1');
    expect(await store.addEvents(added(lease, [said('a'), said('b')], 100))).toBe('ok');
    expect(await store.addEvents(added(lease, [said('c')], 200))).toBe('ok');
    expect(await other.attempt(attempt.id)).toEqual({
      ...attempt,
      outOffset: 200,
      cost: 2000,
      tokens,
      steps: 1,
      lastEventAt: 200,
    });
    expect(await other.events({ attempt: attempt.id })).toEqual([
      { seq: 1, at: 100, event: said('a') },
      { seq: 2, at: 100, event: said('b') },
      { seq: 3, at: 200, event: said('c') },
    ]);
    const seqs = async (more: { after?: number; limit?: number; last?: number }): Promise<number[]> =>
      (await store.events({ attempt: attempt.id, ...more })).map(({ seq }) => seq);
    expect(await seqs({ after: 1 })).toEqual([2, 3]);
    expect(await seqs({ after: 1, limit: 1 })).toEqual([2]);
    expect(await seqs({ limit: 2 })).toEqual([1, 2]);
    expect(await seqs({ after: 3 })).toEqual([]);
    expect(await seqs({ last: 2 })).toEqual([2, 3]);
    expect(await seqs({ last: 9 })).toEqual([1, 2, 3]);
    expect(await seqs({ last: 9, after: 2 })).toEqual([3]);
  });

  test('output moves the time of the last event, also where it holds none; events without output do not', async () => {
    const { store } = stores();
    const { attempt, lease } = await claimed(store, 't1');
    await store.addEvents(added(lease, [said('a')], 100));
    expect(await store.addEvents(added(lease, [], 300))).toBe('ok');
    expect(await store.attempt(attempt.id)).toMatchObject({ outOffset: 300, lastEventAt: 300 });
    expect(await store.addEvents({ ...added(lease, [said('b')], 300), at: 500 })).toBe('ok');
    expect(await store.attempt(attempt.id)).toMatchObject({ outOffset: 300, lastEventAt: 300 });
  });

  test('thousands of events at once', async () => {
    const { store } = stores();
    const { attempt, lease } = await claimed(store, 't1');
    const events = Array.from({ length: 2345 }, (_, index) => said(`line ${index}`));
    await store.addEvents(added(lease, events));
    expect((await store.events({ attempt: attempt.id })).map(({ event }) => event)).toEqual(events);
  });

  test('the first stop stays, whoever wished it', async () => {
    const { store, other } = stores();
    const { attempt, lease } = await claimed(store, 't1');
    const cancel = { reason: 'cancelled', said: inWords('by a person'), until: null } as const;
    expect(await other.requestStop({ attempt: attempt.id, stop: cancel })).toBe(true);
    expect(await other.requestStop({ attempt: attempt.id, stop: { ...cancel, reason: 'stopped' } })).toBe(true);
    expect(
      await store.patchAttempt({ lease, patch: { state: 'settling', stop: { reason: 'stalled', said: inWords('silent'), until: null } } }),
    ).toBe('ok');
    expect(await store.attempt(attempt.id)).toMatchObject({ state: 'settling', stop: cancel });
  });

  test('a stop for a closed or unknown attempt is refused', async () => {
    const { store } = stores();
    const { attempt, lease } = await claimed(store, 't1');
    await closeAs(store, { lease, to: 'failed' });
    const stop = { reason: 'cancelled', said: inWords(''), until: null } as const;
    expect(await store.requestStop({ attempt: attempt.id, stop })).toBe(false);
    expect(await store.requestStop({ attempt: randomUUID(), stop })).toBe(false);
    expect((await store.attempt(attempt.id))?.stop).toBeNull();
  });
}

export function closes(stores: Stores): void {
  test.each<TaskState>(['delivered', 'queued', 'blocked', 'failed', 'cancelled'])('the task becomes %s with its patch', async (to) => {
    const { store, other } = stores();
    const { task, attempt, lease } = await claimed(store, 't1');
    expect(
      await closeAs(store, {
        lease,
        to,
        patch: { notBefore: 950, retries: 1 },
        closing: closing({ cost: 7, tokens, steps: 3, commits: 2 }),
      }),
    ).toBe('ok');
    expect(await other.attempt(attempt.id)).toEqual({
      ...attempt,
      state: 'closed',
      verdict,
      cost: 7,
      tokens,
      steps: 3,
      commits: 2,
      endedAt: 900,
    });
    expect(await other.taskByKey(task.key)).toMatchObject({
      state: to,
      reason: because(`became ${to}`),
      notBefore: 950,
      retries: 1,
      updatedAt: 900,
    });
    expect(await other.openAttempts()).toEqual([]);
  });

  test('the time at which the worker ended is kept', async () => {
    const { store } = stores();
    const { attempt, lease } = await claimed(store, 't1');
    await store.patchAttempt({ lease, patch: { endedAt: 400 } });
    await closeAs(store, { lease, to: 'failed' });
    expect((await store.attempt(attempt.id))?.endedAt).toBe(400);
  });

  test('a closed attempt takes no more writes', async () => {
    const { store } = stores();
    const { task, attempt, lease } = await claimed(store, 't1');
    await closeAs(store, { lease, to: 'queued' });
    const before = await store.attempt(attempt.id);
    expect(await closeAs(store, { lease, to: 'failed' })).toBe('lost');
    expect(await store.patchAttempt({ lease, patch: { state: 'running' } })).toBe('lost');
    expect(await store.addEvents(added(lease, [said('late')]))).toBe('lost');
    expect(await store.takeOver({ holder: 'two', leaseFor: 1, at: instant(9999), reach })).toEqual([]);
    expect(await store.attempt(attempt.id)).toEqual(before);
    expect((await store.taskByKey(task.key))?.state).toBe('queued');
  });

  test('a move that nobody could want changes nothing and is a fault', async () => {
    const { store } = stores();
    const { attempt, lease } = await claimed(store, 't1');
    await expect(closeAs(store, { lease, to: 'running' })).rejects.toMatchObject({ code: 'illegal-move' });
    expect(await store.attempt(attempt.id)).toEqual(attempt);
  });
}
