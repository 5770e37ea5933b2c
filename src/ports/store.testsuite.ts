// The store's contract, for every database and every way of opening it: tables of repositories, tasks, transitions and
// batches here, attempts and leases beside it, supervisors and schedules, then the model. Call it once per kind of store.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mayBecome, taskStates, type TaskState } from '../core/task/task.ts';
import { actionContract } from './store-actions.testsuite.ts';
import { attemptContract } from './store-attempts.testsuite.ts';
import { conditionContract } from './store-conditions.testsuite.ts';
import { feedContract } from './store-feed.testsuite.ts';
import { holdContract } from './store-holds.testsuite.ts';
import { issueMemoryContract } from './store-issues.testsuite.ts';
import { leaseClockContract } from './store-lease-clock.testsuite.ts';
import { ledgerContract } from './store-ledger.testsuite.ts';
import { recordContract } from './store-records.testsuite.ts';
import { watchContract } from './store-watch.testsuite.ts';
import { storeModel } from './store-model.testsuite.ts';
import { addTask, claimed, closeAs, closing, repo, request, type Opened, type OpenStores } from './store.samples.ts';
import type { Store } from './store.ts';
import { because } from '../core/core.samples.ts';

export function storeContract(given: { readonly name: string; readonly open: OpenStores; readonly runs: number }): void {
  describe(`store: ${given.name}`, () => {
    let opened: Opened;
    let store: Store;
    let other: Store;
    beforeEach(async () => {
      opened = await given.open();
      [store, other] = opened.stores;
    });
    afterEach(() => opened.dispose());
    const stores = (): { store: Store; other: Store } => ({ store, other });

    describe('repositories and batches', () => lists(stores));
    describe('tasks', () => tasks(stores));
    describe('moves', () => moves(stores));
    describe('people’s actions', () => actionContract(stores));
    describe('holds', () => holdContract(stores));
    describe('the records beside a task', () => recordContract(stores));
    describe('conditions', () => conditionContract(stores));
    attemptContract(stores);
    describe('the clock of leases', () => leaseClockContract(stores));
    watchContract(stores);
    describe('the ledger', () => ledgerContract(stores));
    describe('the feed', () => feedContract(stores));
    describe('what is remembered of issues', () => issueMemoryContract(stores));
  });
  storeModel(given);
}

type Stores = () => { readonly store: Store; readonly other: Store };

/** Brings a new task into the state by legal transitions. */
async function taskIn(store: Store, given: { readonly id: string; readonly state: TaskState }): Promise<number> {
  const { id, state } = given;
  if (state === 'queued') return (await addTask(store, id)).key;
  if (state === 'blocked' || state === 'failed' || state === 'cancelled') {
    const { key } = await addTask(store, id);
    expect(await store.moveTask({ key, from: ['queued'], to: state, reason: because(state), at: 2 })).toBe('ok');
    return key;
  }
  const { task, lease } = await claimed(store, id, { at: 2 });
  const { key } = task;
  if (state !== 'running') await closeAs(store, { lease, to: 'delivered', closing: closing({ at: 2 }) });
  if (state === 'done') expect(await store.moveTask({ key, from: ['delivered'], to: 'done', reason: because(state), at: 2 })).toBe('ok');
  return key;
}

function lists(stores: Stores): void {
  test('a repository is registered once and listed in order', async () => {
    const { store, other } = stores();
    expect(await store.addRepo({ root: '/b', at: 1 })).toBe(true);
    expect(await other.addRepo({ root: '/a', at: 2 })).toBe(true);
    expect(await other.addRepo({ root: '/b', at: 3 })).toBe(false);
    expect(await store.repos()).toEqual(['/b', '/a']);
  });

  test('a batch is put once, patched field by field, and unknown ones are told', async () => {
    const { store, other } = stores();
    const batch = { name: 'big', state: 'open', concurrency: 3, mcp: ['docs'], role: 'reviewer', createdAt: 5 } as const;
    expect(await store.putBatch(batch)).toBe('added');
    expect(await other.putBatch({ ...batch, concurrency: 9 })).toBe('exists');
    expect(await store.batches()).toEqual([batch]);
    expect(await store.patchBatch({ name: 'big', state: 'paused' })).toBe(true);
    expect(await store.patchBatch({ name: 'big', concurrency: 0 })).toBe(true);
    expect(await store.patchBatch({ name: 'none', state: 'paused' })).toBe(false);
    expect(await other.batches()).toEqual([{ ...batch, state: 'paused', concurrency: 0 }]);
  });
}

function tasks(stores: Stores): void {
  test('a new task is queued and holds all that was asked for', async () => {
    const { store, other } = stores();
    const full = request('t1', {
      body: 'Länger\n`"\'',
      tags: ['a', 'b'],
      model: 'sonnet',
      agent: 'ours',
      blockedBy: ['t9', 't2.1'],
      mcp: ['docs', 'own'],
      role: 'reviewer',
      batch: 'big',
      estimate: 7_200_000,
      line: 'none',
      wanted: true,
    });
    expect(await store.putTask({ repo, task: full, at: 1_790_000_000_123 })).toBe('added');
    const task = await other.task({ repo, id: 't1' });
    expect(task).toMatchObject({
      ...full,
      repo,
      state: 'queued',
      reason: { code: 'added', facts: {} },
      retries: 0,
      attempts: 0,
      countFrom: 0,
      createdAt: 1_790_000_000_123,
      updatedAt: 1_790_000_000_123,
    });
    for (const field of ['notBefore', 'delivery', 'site'] as const) expect(task?.[field]).toBeNull();
    expect(await other.taskByKey(task?.key ?? -1)).toEqual(task);
    expect(await store.transitions(task?.key ?? -1)).toEqual([]);
  });

  test('what is not there is null or empty', async () => {
    const { store } = stores();
    expect(await store.task({ repo, id: 't1' })).toBeNull();
    expect(await store.taskByKey(1)).toBeNull();
    expect(await store.tasks({})).toEqual([]);
    expect(await store.transitions(1)).toEqual([]);
  });

  test('the same id in two repositories is two tasks', async () => {
    const { store } = stores();
    await store.putTask({ repo: '/x', task: request('t1'), at: 1 });
    expect(await store.putTask({ repo: '/y', task: request('t1'), at: 1 })).toBe('added');
    expect((await store.tasks({})).map((task) => task.repo)).toEqual(['/x', '/y']);
  });

  test.each([
    { title: 'new' },
    { body: 'new' },
    { tags: ['new'] },
    { model: 'new' },
    { agent: 'new' },
    { blockedBy: ['t7'] },
    { mcp: [] },
    { mcp: ['new'] },
    { role: 'new' },
    { estimate: 1 },
    { line: 'gone' as const },
    { wanted: true },
    { batch: 'new' },
  ])(
    'an update of $title$body$tags$model$agent$blockedBy$mcp$role$estimate$line$wanted$batch is stored, and repeating it is the same',
    async (change) => {
      const { store, other } = stores();
      const before = await addTask(store, 't1');
      expect(await store.putTask({ repo, task: request('t1'), at: 5 })).toBe('same');
      expect(await other.putTask({ repo, task: request('t1', change), at: 6 })).toBe('updated');
      expect(await store.task({ repo, id: 't1' })).toEqual({ ...before, ...change, updatedAt: 6 });
      expect(await store.putTask({ repo, task: request('t1', change), at: 7 })).toBe('same');
    },
  );

  test('what was wanted or in a batch stays so', async () => {
    const { store } = stores();
    await addTask(store, 't1', { wanted: true, batch: 'big' });
    expect(await store.putTask({ repo, task: request('t1'), at: 2 })).toBe('same');
    expect(await store.putTask({ repo, task: request('t1', { batch: 'other', title: 'new' }), at: 2 })).toBe('updated');
    expect(await store.task({ repo, id: 't1' })).toMatchObject({ wanted: true, batch: 'big', title: 'new' });
  });

  test.each(taskStates)('a request for a task that is %s', async (state) => {
    const { store } = stores();
    const key = await taskIn(store, { id: 't1', state });
    const before = await store.taskByKey(key);
    const updates = state === 'queued' || state === 'blocked' || state === 'failed';
    expect(await store.putTask({ repo, task: request('t1', { title: 'new' }), at: 8 })).toBe(updates ? 'updated' : 'same');
    expect(await store.taskByKey(key)).toEqual(updates ? { ...before, title: 'new', updatedAt: 8 } : before);
  });

  test('lists are filtered and in the order of adding', async () => {
    const { store } = stores();
    const first = await taskIn(store, { id: 't1', state: 'done' });
    await addTask(store, 't2', { batch: 'big' });
    await addTask(store, 't3');
    await store.putTask({ repo: '/other', task: request('t4', { batch: 'big' }), at: 1 });
    await store.moveTask({ key: first, from: ['done'], to: 'queued', reason: because('again'), at: 3 });
    await taskIn(store, { id: 't5', state: 'failed' });
    const ids = async (filter: Parameters<Store['tasks']>[0]): Promise<string[]> => (await store.tasks(filter)).map((task) => task.id);
    expect(await ids({})).toEqual(['t1', 't2', 't3', 't4', 't5']);
    expect(await ids({ repo })).toEqual(['t1', 't2', 't3', 't5']);
    expect(await ids({ states: ['failed', 'queued'] })).toEqual(['t1', 't2', 't3', 't4', 't5']);
    expect(await ids({ states: ['queued'], repo })).toEqual(['t1', 't2', 't3']);
    expect(await ids({ batch: 'big' })).toEqual(['t2', 't4']);
    expect(await ids({ batch: 'big', repo, states: ['queued'] })).toEqual(['t2']);
    expect(await ids({ states: [] })).toEqual([]);
    await store.patchTask({ key: first, patch: { site: { checkout: '/w' } }, at: 4 });
    expect(await ids({ withSite: true })).toEqual(['t1']);
    expect(await ids({ withSite: true, states: ['failed'] })).toEqual([]);
    expect(await ids({ withSite: false })).toHaveLength(5);
  });

  test('a task of its own gets the next id that neither the store nor the caller has', async () => {
    const { store, other } = stores();
    await addTask(store, 't3.1');
    await store.putTask({ repo: '/other', task: request('t30'), at: 1 });
    const task = { ...request('', { line: 'none', body: 'all of it', tags: ['a'] }), id: null };
    const added = await other.addTask({ repo, task, taken: ['t2', 't7.4'], prefix: 't', at: 5 });
    expect(added).toMatchObject({ ...task, id: 't8', repo, state: 'queued', createdAt: 5 });
    expect(await store.task({ repo, id: 't8' })).toEqual(added);
    // An id that the caller chooses is stored as it is, or not at all.
    expect(await store.addTask({ repo, task: { ...task, id: 't8', title: 'new' }, taken: [], prefix: 't', at: 6 })).toBeNull();
    expect(await store.task({ repo, id: 't8' })).toEqual(added);
    expect(await store.addTask({ repo, task: { ...task, id: 't4' }, taken: [], prefix: 't', at: 6 })).toMatchObject({ id: 't4' });
    // Every prefix has a count of its own.
    expect(await store.addTask({ repo, task, taken: ['AUTH-3'], prefix: 'AUTH-', at: 6 })).toMatchObject({ id: 'AUTH-4' });
  });

  test('a request for another task than the stored one of its id changes nothing, whatever its state', async () => {
    const { store, other } = stores();
    const mine = await addTask(store, 't1', { line: 'none' });
    const listed = await addTask(store, 't2');
    expect(await other.putTask({ repo, task: request('t1', { title: 'B' }), at: 2 })).toBe('clash');
    expect(await other.putTask({ repo, task: request('t2', { title: 'B', line: 'none' }), at: 2 })).toBe('clash');
    expect(await store.tasks({})).toEqual([mine, listed]);
    expect(await store.tasks({ repo, line: 'none' })).toEqual([mine]);
    await store.moveTask({ key: mine.key, from: ['queued'], to: 'cancelled', reason: because(''), at: 3 });
    expect(await other.putTask({ repo, task: request('t1', { title: 'B' }), at: 4 })).toBe('clash');
  });

  test('a move is one from the states that it names alone', async () => {
    const { store, other } = stores();
    const { key } = await addTask(store, 't1');
    const move = { key, to: 'cancelled', reason: because('ticked'), at: 3 } as const;
    expect(await store.moveTask({ ...move, from: ['blocked'] })).toBe('illegal');
    expect(await store.taskByKey(key)).toMatchObject({ state: 'queued', ticks: [] });
    const ticks = [{ completed: '2026-11-30', branch: 'b' }, { completed: '2026-12-01' }];
    expect(await other.moveTask({ ...move, from: ['queued'], patch: { ticks, line: 'closed' } })).toBe('ok');
    expect(await store.taskByKey(key)).toMatchObject({ state: 'cancelled', ticks, line: 'closed' });
    expect(await store.moveTask({ ...move, from: ['queued'], to: 'queued' })).toBe('illegal');
  });

  test('tasks are found by their ids, however many are asked for', async () => {
    const { store } = stores();
    for (const id of ['t2', 't1', 't3', 't900']) await addTask(store, id);
    await store.putTask({ repo: '/other', task: request('t4'), at: 1 });
    const ids = Array.from({ length: 1200 }, (_, index) => `t${index + 2}`);
    const found = await store.tasks({ repo, states: ['queued'], ids });
    expect(new Set(found.map(({ id }) => id))).toEqual(new Set(['t2', 't3', 't900']));
    expect(await store.tasks({ repo, states: ['done'], ids })).toEqual([]);
    expect(await store.tasks({ repo, ids: [] })).toEqual([]);
  });

  test('many who add at once each get an id of their own', async () => {
    const { store, other } = stores();
    const titles = Array.from({ length: 20 }, (_, index) => `Title ${index}`);
    const added = await Promise.all(
      titles.map((title, index) =>
        (index % 2 === 0 ? store : other).addTask({ repo, task: { ...request(''), id: null, title }, taken: ['t1'], prefix: 't', at: 1 }),
      ),
    );
    expect(added.map((task) => task?.title)).toEqual(titles);
    expect(new Set(added.map((task) => task?.id))).toEqual(new Set(titles.map((_, index) => `t${index + 2}`)));
    expect(new Set(await store.tasks({ repo }))).toEqual(new Set(added));
  });

  test('many writers at once add each task once', async () => {
    const { store, other } = stores();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? store : other).putTask({ repo, task: request(`t${index >> 1}`), at: 1 })),
    );
    expect(answers.filter((answer) => answer === 'added')).toHaveLength(10);
    expect(await store.tasks({})).toHaveLength(10);
  });
}

function moves(stores: Stores): void {
  const resting = taskStates.filter((state) => state !== 'running');
  test.each(resting)('from %s to every state', async (from) => {
    const { store, other } = stores();
    for (const to of resting) {
      const key = await taskIn(store, { id: `t-${to}`, state: from });
      const before = await store.taskByKey(key);
      const path = await store.transitions(key);
      const ok = mayBecome(from, to);
      expect(
        await other.moveTask({ key, from: [from], to, reason: because('it was so'), at: 7, patch: { delivery: { evidence: 'seen' } } }),
      ).toBe(ok ? 'ok' : 'illegal');
      expect(await store.taskByKey(key)).toEqual(
        ok
          ? {
              ...before,
              state: to,
              reason: because('it was so'),
              delivery: { branch: null, base: null, commit: null, evidence: 'seen', pull: null, merged: null, stackedOn: null },
              updatedAt: 7,
            }
          : before,
      );
      expect(await store.transitions(key)).toEqual(ok ? [...path, { from, to, reason: because('it was so'), at: 7 }] : path);
    }
  });

  test('from a state that was not named nothing moves, and from running nothing but its attempt moves it', async () => {
    const { store, other } = stores();
    const { key } = await addTask(store, 't1');
    const move = { key, to: 'blocked', reason: because('it was so'), at: 7 } as const;
    expect(await other.moveTask({ ...move, from: ['failed', 'delivered'] })).toBe('illegal');
    const { task } = await claimed(store, 't2');
    expect(await other.moveTask({ ...move, key: task.key, from: resting })).toBe('illegal');
    expect((await store.tasks({})).map(({ state }) => state)).toEqual(['queued', 'running']);
  });

  test('an unknown task', async () => {
    expect(await stores().store.moveTask({ key: 77, from: ['queued'], to: 'blocked', reason: because(''), at: 1 })).toBe('unknown');
  });

  test('a patch sets what it names, null included, and nothing else', async () => {
    const { store } = stores();
    const before = await addTask(store, 't1');
    const patch = {
      notBefore: 50,
      retries: 2,
      countFrom: 3,
      delivery: {
        branch: 'yard/t1',
        base: 'abc',
        commit: 'def',
        evidence: 'pushed',
        pull: null,
        merged: { base: 'main', commit: 'ghi' },
        stackedOn: { task: 't0', branch: 'yard/t0' },
      },
      site: { checkout: '/w' },
      wanted: true,
      batch: 'big',
    };
    await store.patchTask({ key: before.key, patch, at: 3 });
    expect(await store.taskByKey(before.key)).toEqual({ ...before, ...patch, updatedAt: 3 });
    await store.patchTask({ key: before.key, patch: { notBefore: null, wanted: false, batch: null }, at: 4 });
    expect(await store.taskByKey(before.key)).toEqual({ ...before, ...patch, notBefore: null, wanted: false, batch: null, updatedAt: 4 });
    await store.patchTask({ key: before.key, patch: {}, at: 5 });
    expect((await store.taskByKey(before.key))?.updatedAt).toBe(4);
  });

  test('a task’s whole way is kept', async () => {
    const { store } = stores();
    const { task, lease } = await claimed(store, 't1');
    await closeAs(store, { lease, to: 'delivered' });
    await store.moveTask({ key: task.key, from: ['delivered'], to: 'done', reason: because('merged'), at: 950 });
    expect(await store.transitions(task.key)).toEqual([
      { from: 'queued', to: 'running', reason: because('first in line'), at: 10 },
      { from: 'running', to: 'delivered', reason: because('became delivered'), at: 900 },
      { from: 'delivered', to: 'done', reason: because('merged'), at: 950 },
    ]);
  });
}
