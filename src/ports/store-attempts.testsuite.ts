// The store's contract on attempts: claims, leases and fences, events, stops, and the end of an attempt.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { LastAttempt, Launch, Lease } from '../core/task/attempt.ts';
import type { TaskState } from '../core/task/task.ts';
import { noTokens, type TranscriptEvent } from '../core/transcript/transcript.ts';
import { addTask, claimBy, claimed, closeAs, closing, instant, reach, repo, route, verdict } from './store.samples.ts';
import type { AttemptPatch, Store } from './store.ts';
import { because } from '../core/core.samples.ts';

type Stores = () => { readonly store: Store; readonly other: Store };

export function attemptContract(stores: Stores): void {
  describe('claims', () => claims(stores));
  describe('leases', () => leases(stores));
  describe('hosts', () => hosts(stores));
  describe('writes', () => writes(stores));
  describe('closing', () => closes(stores));
}

const said = (text: string): TranscriptEvent => ({ type: 'said', text });
const tokens = { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 };

function added(lease: Lease, events: readonly TranscriptEvent[], offset = 100) {
  return { lease, events, outOffset: offset, cost: offset * 10, tokens, steps: events.length, at: offset };
}

function claims(stores: Stores): void {
  test('a claim opens the attempt and moves the task', async () => {
    const { store, other } = stores();
    const { task, attempt, lease } = await claimed(store, 't1');
    expect(lease).toEqual({ attempt: attempt.id, holder: 'one', fence: 1 });
    expect(attempt).toEqual({
      id: attempt.id,
      taskKey: task.key,
      repo,
      taskId: 't1',
      number: 1,
      state: 'preparing',
      route,
      session: 'session-1',
      role: null,
      launch: null,
      stop: null,
      worktree: null,
      branch: null,
      outOffset: 0,
      lastEventAt: null,
      startedAt: 10,
      endedAt: null,
      exit: null,
      verdict: null,
      billing: null,
      cost: 0,
      tokens: noTokens,
      steps: 0,
      commits: 0,
      peakMemory: null,
    });
    expect(await other.attempt(attempt.id)).toEqual(attempt);
    expect(await other.openAttempts()).toEqual([attempt]);
    expect(await other.taskByKey(task.key)).toEqual({
      ...task,
      state: 'running',
      reason: because('first in line'),
      attempts: 1,
      updatedAt: 10,
    });
    expect(await other.transitions(task.key)).toEqual([{ from: 'queued', to: 'running', reason: because('first in line'), at: 10 }]);
  });

  test('a task that is not there, or not queued, is refused', async () => {
    const { store, other } = stores();
    const { task } = await claimed(store, 't1');
    expect(await claimBy(other, { taskKey: task.key, holder: 'two' })).toEqual({ claimed: false, why: 'not-queued' });
    expect(await claimBy(other, { taskKey: 77 })).toEqual({ claimed: false, why: 'not-queued' });
    expect(await store.attempts(task.key)).toHaveLength(1);
  });

  test('admit sees what all open attempts take up, and its no changes nothing', async () => {
    const { store, other } = stores();
    await addTask(store, 't1', { batch: 'big' });
    const first = await claimed(store, 't1');
    const closed = await claimed(store, 't2');
    await closeAs(store, { lease: closed.lease, to: 'failed' });
    const before = await addTask(store, 't3');
    const seen: unknown[] = [];
    const admit = (open: readonly unknown[]): boolean => (seen.push(...open), false);
    expect(await claimBy(other, { taskKey: before.key, admit })).toEqual({ claimed: false, why: 'caps' });
    const { agent, model, account, place, host } = route;
    expect(seen).toEqual([{ taskKey: first.task.key, repo, batch: 'big', agent, model, account, place, host }]);
    expect(await store.taskByKey(before.key)).toEqual(before);
    expect(await store.attempts(before.key)).toEqual([]);
  });

  test('an admit that throws changes nothing, and the store goes on', async () => {
    const { store } = stores();
    const before = await addTask(store, 't1');
    const admit = (): boolean => {
      throw new Error('no');
    };
    await expect(claimBy(store, { taskKey: before.key, admit })).rejects.toThrow('no');
    expect(await store.taskByKey(before.key)).toEqual(before);
    expect(await claimBy(store, { taskKey: before.key })).toMatchObject({ claimed: true });
  });

  test('of writes at once that fail or are refused, the others are stored all the same', async () => {
    const { store } = stores();
    const tasks = await Promise.all(['t1', 't2', 't3'].map((id) => addTask(store, id)));
    const admit = (): boolean => {
      throw new Error('no');
    };
    const answers = await Promise.allSettled([
      claimBy(store, { taskKey: tasks[0]!.key }),
      claimBy(store, { taskKey: tasks[1]!.key, admit }),
      claimBy(store, { taskKey: tasks[2]!.key, admit: (open) => open.length === 1 }),
      claimBy(store, { taskKey: tasks[0]!.key }),
      store.addRepo({ root: '/r', at: 1 }),
    ]);
    expect(answers).toMatchObject([
      { value: { claimed: true } },
      { reason: { message: 'no' } },
      { value: { claimed: true } },
      { value: { claimed: false, why: 'not-queued' } },
      { value: true },
    ]);
    expect((await store.openAttempts()).map(({ taskId }) => taskId).toSorted()).toEqual(['t1', 't3']);
    expect(await store.transitions(tasks[0]!.key)).toHaveLength(1);
    expect(await store.transitions(tasks[1]!.key)).toEqual([]);
    expect(await store.repos()).toEqual(['/r']);
  });

  test('claims at once: one wins a task, and a cap of three holds', async () => {
    const { store, other } = stores();
    const tasks = await Promise.all(['t1', 't2', 't3', 't4', 't5'].map((id) => addTask(store, id)));
    const answers = await Promise.all(
      tasks.flatMap(({ key }) =>
        [store, other, store, other].map((one) => claimBy(one, { taskKey: key, admit: (open) => open.length < 3 })),
      ),
    );
    expect(answers.filter(({ claimed: won }) => won)).toHaveLength(3);
    const open = await store.openAttempts();
    expect(new Set(open.map(({ taskKey }) => taskKey)).size).toBe(3);
  });

  test('attempts are numbered, and listed per task and for several', async () => {
    const { store } = stores();
    const first = await claimed(store, 't1');
    await closeAs(store, { lease: first.lease, to: 'queued' });
    await claimBy(store, { taskKey: first.task.key });
    const second = await claimed(store, 't2');
    const numbers = (attempts: readonly { readonly taskKey: number; readonly number: number }[]): number[][] =>
      attempts.map(({ taskKey, number }) => [taskKey, number]);
    const numbersOfLast = (attempts: readonly LastAttempt[]): unknown[] =>
      attempts.toSorted((a, b) => a.taskKey - b.taskKey).map(({ taskKey, verdict }) => [taskKey, verdict]);
    const { key } = first.task;
    expect(numbers(await store.attempts(key))).toEqual([
      [key, 1],
      [key, 2],
    ]);
    expect(numbers(await store.attemptsOf([second.task.key, key, 99]))).toEqual([
      [key, 1],
      [key, 2],
      [second.task.key, 1],
    ]);
    expect(await store.attemptsOf([])).toEqual([]);
    expect(numbersOfLast(await store.lastAttempts([second.task.key, key, 99]))).toEqual([
      [key, null],
      [second.task.key, null],
    ]);
    await closeAs(store, { lease: second.lease, to: 'queued' });
    const [last] = await store.lastAttempts([second.task.key]);
    expect((await store.attempts(second.task.key)).at(-1)).toMatchObject({ ...last, verdict: { kind: last?.verdict?.kind } });
    expect(await store.lastAttempts([])).toEqual([]);
    expect((await store.taskByKey(key))?.attempts).toBe(2);
    expect(await store.attempt(randomUUID())).toBeNull();
  });
}

function leases(stores: Stores): void {
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

function hosts(stores: Stores): void {
  const elsewhere = { place: 'local', host: 'another' };
  const ids = (attempts: readonly { readonly id: string }[]): string[] => attempts.map(({ id }) => id);

  test('of a place that is not within reach nothing is taken over, and it is told what is left alone', async () => {
    const { store, other } = stores();
    const { attempt } = await claimed(store, 't1', { at: 10, leaseFor: 100 });
    const late = { leaseFor: 100, at: instant(110) };
    for (const beyond of [[], [elsewhere], [{ place: 'pool', host: 'this' }]]) {
      expect(await other.takeOver({ holder: 'two', ...late, reach: beyond })).toEqual([]);
      expect(await other.beyondReach({ ...late, reach: beyond })).toEqual([attempt]);
      // As long as somebody keeps it, it is not left alone.
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

const launch: Launch = { place: 'local', host: 'this', at: 8, marker: 'm', ref: { any: ['thing', 1, null] } };

function writes(stores: Stores): void {
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
    { stop: { reason: 'stalled', message: 'silent', until: 5 } },
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
    expect(await store.patchTask({ key: task.key, patch: { worktree: '/w' }, at: 5, lease })).toBe('lost');
    expect(await closeAs(store, { lease, to: 'delivered' })).toBe('lost');
    expect(await store.attempt(attempt.id)).toEqual(attempt);
    expect(await store.events({ attempt: attempt.id })).toEqual([]);
    expect(await store.taskByKey(task.key)).toEqual(running);
    expect(await store.patchTask({ key: task.key, patch: { worktree: '/w' }, at: 5, lease: right })).toBe('ok');
    expect(await store.taskByKey(task.key)).toEqual({ ...running, worktree: '/w', updatedAt: 5 });
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
    const cancel = { reason: 'cancelled', message: 'by a person', until: null } as const;
    expect(await other.requestStop({ attempt: attempt.id, stop: cancel })).toBe(true);
    expect(await other.requestStop({ attempt: attempt.id, stop: { ...cancel, reason: 'stopped' } })).toBe(true);
    expect(
      await store.patchAttempt({ lease, patch: { state: 'settling', stop: { reason: 'stalled', message: 'silent', until: null } } }),
    ).toBe('ok');
    expect(await store.attempt(attempt.id)).toMatchObject({ state: 'settling', stop: cancel });
  });

  test('a stop for a closed or unknown attempt is refused', async () => {
    const { store } = stores();
    const { attempt, lease } = await claimed(store, 't1');
    await closeAs(store, { lease, to: 'failed' });
    const stop = { reason: 'cancelled', message: '', until: null } as const;
    expect(await store.requestStop({ attempt: attempt.id, stop })).toBe(false);
    expect(await store.requestStop({ attempt: randomUUID(), stop })).toBe(false);
    expect((await store.attempt(attempt.id))?.stop).toBeNull();
  });
}

function closes(stores: Stores): void {
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
