// The store's contract on attempts: claims, leases and fences, events, stops, and the end of an attempt.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { LastAttempt } from '../core/task/attempt.ts';
import { noTokens } from '../core/transcript/transcript.ts';
import { addTask, claimBy, claimed, closeAs, repo, route } from './store.samples.ts';
import type { Store } from './store.ts';
import { because } from '../core/core.samples.ts';
import { hosts, leases } from './store-leases.testsuite.ts';
import { closes, writes } from './store-writes.testsuite.ts';

type Stores = () => { readonly store: Store; readonly other: Store };

export function attemptContract(stores: Stores): void {
  describe('claims', () => claims(stores));
  describe('leases', () => leases(stores));
  describe('hosts', () => hosts(stores));
  describe('writes', () => writes(stores));
  describe('closing', () => closes(stores));
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
      answer: null,
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
