// The store's contract on the records of a long-running supervisor: who supervises, which notices were given, which
// schedules exist, how much memory workers needed, and which of many names the records know.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { addTask, claimBy, claimed, closeAs, closing, repo, route } from './store.samples.ts';
import type { Schedule, Store } from './store.ts';

type Stores = () => { readonly store: Store; readonly other: Store };

export function watchContract(stores: Stores): void {
  describe('supervisors and notices', () => supervisors(stores));
  describe('schedules', () => schedules(stores));
  describe('peaks', () => peaks(stores));
  describe('names', () => names(stores));
}

function supervisors(stores: Stores): void {
  test('are listed from being enlisted until dismissed', async () => {
    const { store, other } = stores();
    expect(await store.supervisors()).toEqual([]);
    await store.enlist({ holder: 'late', kind: 'run', pid: 7, at: 20 });
    await other.enlist({ holder: 'early', kind: 'up', pid: 8, at: 10 });
    const late = { holder: 'late', kind: 'run', pid: 7, startedAt: 20, wish: null };
    expect(await other.supervisors()).toEqual([{ holder: 'early', kind: 'up', pid: 8, startedAt: 10, wish: null }, late]);
    await store.dismiss({ holder: 'early' });
    await store.dismiss({ holder: 'nobody' });
    expect(await other.supervisors()).toEqual([late]);
  });

  test('who enlists again replaces what was entered', async () => {
    const { store, other } = stores();
    await store.enlist({ holder: 'one', kind: 'run', pid: 7, at: 20 });
    await other.enlist({ holder: 'one', kind: 'pulse', pid: 9, at: 30 });
    expect(await store.supervisors()).toEqual([{ holder: 'one', kind: 'pulse', pid: 9, startedAt: 30, wish: null }]);
  });

  test('one is asked to end, the others are not', async () => {
    const { store, other } = stores();
    await store.enlist({ holder: 'one', kind: 'up', pid: 7, at: 20 });
    await store.enlist({ holder: 'two', kind: 'up', pid: 8, at: 21 });
    await other.askSupervisor({ holder: 'two', wish: 'drain' });
    await other.askSupervisor({ holder: 'nobody', wish: 'stop' });
    expect((await store.supervisors()).map(({ wish }) => wish)).toEqual([null, 'drain']);
    await other.askSupervisor({ holder: 'two', wish: 'stop' });
    expect((await store.supervisors()).map(({ wish }) => wish)).toEqual([null, 'stop']);
  });

  test('a key is told once, whoever asks', async () => {
    const { store, other } = stores();
    expect(await store.notice({ key: 'blocked:1', at: 1 })).toBe(true);
    expect(await store.notice({ key: 'blocked:1', at: 2 })).toBe(false);
    expect(await other.notice({ key: 'blocked:1', at: 2 })).toBe(false);
    const answers = await Promise.all([store, other, store, other].map((one) => one.notice({ key: 'budget', at: 3 })));
    expect(answers.filter(Boolean)).toHaveLength(1);
  });
}

function schedules(stores: Stores): void {
  const asked = { repo, cron: '0 3 * * *', target: { kind: 'batch', name: 'nightly' }, nextAt: 100, at: 5 } as const;
  const stored = (id: number, more: Partial<Schedule> = {}): Schedule => {
    const { at, ...rest } = asked;
    return { ...rest, id, lastAt: null, missed: 0, createdAt: at, ...more };
  };

  test('are listed as they were put until removed, and an id is never given twice', async () => {
    const { store, other } = stores();
    expect(await store.schedules()).toEqual([]);
    const first = await store.putSchedule(asked);
    const second = await other.putSchedule({ ...asked, target: { kind: 'task', name: 't1' } });
    expect(await store.schedules()).toEqual([stored(first), stored(second, { target: { kind: 'task', name: 't1' } })]);
    expect(await other.removeSchedule(second)).toBe(true);
    expect(await other.removeSchedule(second)).toBe(false);
    expect(await store.schedules()).toEqual([stored(first)]);
    expect([first, second]).not.toContain(await store.putSchedule(asked));
  });

  test('of two who saw the same time one fires, and missed runs add up', async () => {
    const { store, other } = stores();
    const id = await store.putSchedule(asked);
    expect(await store.fireSchedule({ id, from: 100, nextAt: 90, at: null, missed: 0 })).toBe(true);
    expect(await store.schedules()).toEqual([stored(id, { nextAt: 90 })]);
    const fire = (one: Store) => one.fireSchedule({ id, from: 90, nextAt: 200, at: 101, missed: 2 });
    expect((await Promise.all([fire(store), fire(other)])).toSorted()).toEqual([false, true]);
    expect(await other.fireSchedule({ id, from: 200, nextAt: 300, at: 202, missed: 1 })).toBe(true);
    expect(await store.schedules()).toEqual([stored(id, { nextAt: 300, lastAt: 202, missed: 3 })]);
    expect(await store.removeSchedule(id)).toBe(true);
    expect(await other.fireSchedule({ id, from: 300, nextAt: 400, at: 301, missed: 0 })).toBe(false);
  });
}

function peaks(stores: Stores): void {
  test('are those of the agent’s closed attempts that have one, the last closed first', async () => {
    const { store, other } = stores();
    for (const [id, peakMemory, at] of [
      ['t1', 300, 30],
      ['t2', 100, 10],
      ['t3', null, 40],
      ['t4', 200, 20],
    ] as const) {
      const { lease } = await claimed(store, id);
      if (peakMemory !== null) await store.patchAttempt({ lease, patch: { peakMemory } });
      await closeAs(store, { lease, to: 'failed', closing: closing({ at }) });
    }
    const open = await claimed(store, 't5');
    await store.patchAttempt({ lease: open.lease, patch: { peakMemory: 999 } });
    expect(await other.peaks({ agent: route.agent, limit: 10 })).toEqual([300, 200, 100]);
    expect(await other.peaks({ agent: route.agent, limit: 2 })).toEqual([300, 200]);
    expect(await other.peaks({ agent: 'another', limit: 10 })).toEqual([]);
  });
}

function names(stores: Stores): void {
  test('attempts and tasks of a long list are found, open and closed, and what is not there is left out', async () => {
    const { store, other } = stores();
    const open = await claimed(store, 't1');
    const closed = await claimed(store, 't2');
    await closeAs(store, { lease: closed.lease, to: 'queued' });
    await claimBy(store, { taskKey: closed.task.key });
    const third = await addTask(store, 't3');
    // More than a statement may have parameters, with the known ones at both ends.
    const strangers = Array.from({ length: 70_000 }, () => randomUUID());
    const found = await other.attemptsByIds([open.attempt.id, ...strangers, closed.attempt.id]);
    expect(found.map(({ id }) => id).toSorted()).toEqual([open.attempt.id, closed.attempt.id].toSorted());
    expect(found).toContainEqual(await store.attempt(closed.attempt.id));
    const tasks = await other.tasksByKeys([third.key, ...strangers.map((_, index) => 1000 + index), open.task.key]);
    expect(tasks.map(({ id }) => id).toSorted()).toEqual(['t1', 't3']);
    expect(tasks).toContainEqual(third);
    expect(await other.attemptsByIds([])).toEqual([]);
    expect(await other.tasksByKeys([])).toEqual([]);
  });
}
