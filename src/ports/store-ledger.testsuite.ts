// The store's contract on money: the ledger is written together with the end of its attempt or not at all, and summed up by
// the database; one query returns the amounts for all budgets.
import { expect, test } from 'vitest';
import type { LedgerRow } from '../core/money/ledger.ts';
import { addTask, claimBy, claimed, closeAs, closing, ledgerRow, repo, route } from './store.samples.ts';
import { ledgerGroups, type Closing, type LedgerSum, type Store } from './store.ts';

type Stores = () => { readonly store: Store; readonly other: Store };

const always = { from: 0, to: 1e12 };
const tokens = ledgerRow().tokens;

/** An attempt that was closed with these rows. */
async function spent(
  store: Store,
  given: {
    readonly id: string;
    readonly rows: readonly LedgerRow[];
    readonly closing?: Partial<Closing>;
    readonly to?: 'queued' | 'failed';
  },
): Promise<string> {
  const { id, rows, to = 'failed' } = given;
  const task = await addTask(store, id);
  const claim = await claimBy(store, { taskKey: task.key });
  if (!claim.claimed) throw new Error(claim.why);
  await closeAs(store, { lease: claim.lease, to, closing: closing({ ledger: rows, ...given.closing }) });
  return claim.attempt.id;
}

const brief = (sums: readonly LedgerSum[]): unknown[] => sums.map(({ name, detail, charged }) => [name, detail, charged]);

export function ledgerContract(stores: Stores): void {
  test('what an attempt took is listed with its task, in the order of closing', async () => {
    const { store, other } = stores();
    await addTask(store, 't1', { batch: 'big' });
    const unknown = ledgerRow({
      model: 'provider/other',
      account: null,
      billing: 'subscription',
      charged: 0,
      equivalent: null,
      source: 'none',
      tier: null,
    });
    const late = await spent(store, { id: 't1', rows: [ledgerRow(), unknown], closing: { at: 900 } });
    const early = await spent(store, { id: 't2', rows: [ledgerRow()], closing: { at: 800 } });
    const common = { number: 1, agent: route.agent, repo };
    expect(await other.ledger(always)).toEqual([
      { ...ledgerRow(), ...common, attempt: early, taskId: 't2', batch: null, at: 800 },
      { ...ledgerRow(), ...common, attempt: late, taskId: 't1', batch: 'big', at: 900 },
      { ...unknown, ...common, attempt: late, taskId: 't1', batch: 'big', at: 900 },
    ]);
    expect((await other.ledger({ from: 800, to: 900 })).map(({ taskId }) => taskId)).toEqual(['t2']);
  });

  test('a trial of a sign-in is listed and summed up without a task, and is no attempt', async () => {
    const { store, other } = stores();
    await spent(store, { id: 't1', rows: [ledgerRow()], closing: { at: 800 } });
    await store.book({ id: 'trial-1', agent: 'other', at: 900, rows: [ledgerRow({ charged: 7, equivalent: 7 })] });
    const [, trial] = await other.ledger(always);
    const none = { number: null, repo: null, taskId: null, batch: null };
    expect(trial).toEqual({ ...ledgerRow({ charged: 7, equivalent: 7 }), ...none, attempt: 'trial-1', agent: 'other', at: 900 });
    const { charged } = ledgerRow();
    expect(await other.ledgerSums({ ...always, by: 'all' })).toMatchObject([{ attempts: 1, charged: (charged ?? 0) + 7 }]);
    expect(brief(await other.ledgerSums({ ...always, by: 'task' }))).toEqual([['t1', repo, charged]]);
    const account = ledgerRow().account ?? '';
    const spending = await other.spending({ since: 0, accounts: [account] });
    expect([spending.day, spending.accounts.get(account)]).toEqual([(charged ?? 0) + 7, (charged ?? 0) + 7]);
  });

  test('an end that was not written leaves nothing in the ledger', async () => {
    const { store, other } = stores();
    const { lease } = await claimed(store, 't1');
    const more = closing({ ledger: [ledgerRow()] });
    await expect(closeAs(store, { lease, to: 'running', closing: more })).rejects.toMatchObject({ code: 'illegal-move' });
    expect(await closeAs(store, { lease: { ...lease, fence: 9 }, to: 'failed', closing: more })).toBe('lost');
    expect(await other.ledger(always)).toEqual([]);
    await closeAs(store, { lease, to: 'failed', closing: more });
    expect(await closeAs(store, { lease, to: 'failed', closing: more })).toBe('lost');
    expect(await other.ledger(always)).toHaveLength(1);
  });

  test('sums by whatever is asked, the dearest first', async () => {
    const { store, other } = stores();
    for (const group of ledgerGroups) expect(await other.ledgerSums({ ...always, by: group })).toEqual([]);
    await addTask(store, 't1', { batch: 'big' });
    const flat = { account: 'plan', billing: 'subscription', charged: 0 } as const;
    await spent(store, {
      id: 't1',
      rows: [ledgerRow(), ledgerRow({ model: 'provider/small', charged: 500, equivalent: 500, tier: null })],
    });
    await spent(store, { id: 't2', rows: [ledgerRow({ charged: 9000, equivalent: 9000 })] });
    await spent(store, { id: 't3', rows: [ledgerRow({ ...flat, equivalent: null })] });
    expect(await other.ledgerSums({ ...always, by: 'all' })).toEqual([
      {
        name: null,
        detail: null,
        attempts: 3,
        tokens: { input: 4 * tokens.input, output: 4 * tokens.output, cacheRead: 4 * tokens.cacheRead, cacheWrite: 4 * tokens.cacheWrite },
        charged: 16_500,
        equivalent: 16_500,
        unknown: 1,
      },
    ]);
    const by = async (group: Parameters<Store['ledgerSums']>[0]['by']) => brief(await other.ledgerSums({ ...always, by: group }));
    expect(await by('account')).toEqual([
      ['first', 'token', 16_500],
      ['plan', 'subscription', 0],
    ]);
    expect(await by('model')).toEqual([
      ['provider/model', null, 16_000],
      ['provider/small', null, 500],
    ]);
    expect(await by('batch')).toEqual([
      [null, null, 9000],
      ['big', null, 7500],
    ]);
    expect(await by('task')).toEqual([
      ['t2', repo, 9000],
      ['t1', repo, 7500],
      ['t3', repo, 0],
    ]);
    expect(await by('tier')).toEqual([
      ['big', 'big', 16_000],
      ['big', 'provider/small', 500],
    ]);
    expect(await other.ledgerSums({ from: 901, to: 2000, by: 'all' })).toEqual([]);
  });

  test('what budgets are held against: the day, the accounts that are named, and what is at work', async () => {
    const { store, other } = stores();
    const none = { day: 0, accounts: new Map(), batches: new Map(), tasks: new Map() };
    expect(await other.spending({ since: 0, accounts: ['first', 'nobody'] })).toEqual(none);
    for (const id of ['t1', 't2']) await addTask(store, id, { batch: 'big' });
    await addTask(store, 't3', { batch: 'over' });
    await spent(store, { id: 't1', rows: [ledgerRow()], closing: { at: 100 }, to: 'queued' });
    await spent(store, { id: 't1', rows: [ledgerRow({ charged: null })], closing: { at: 200 }, to: 'queued' });
    await spent(store, { id: 't2', rows: [ledgerRow({ charged: 500 })], closing: { at: 300 } });
    await spent(store, { id: 't3', rows: [ledgerRow({ account: 'second', charged: 10 })], closing: { at: 300 } });
    const { key } = (await store.task({ repo, id: 't1' }))!;
    expect(await other.spending({ since: 200, accounts: ['second', 'nobody'] })).toEqual({
      day: 510,
      accounts: new Map([['second', 10]]),
      batches: new Map([['big', 7500]]),
      tasks: new Map([[key, { repo, id: 't1', charged: 7000, tokens: 2 * 1111 }]]),
    });
    expect((await other.spending({ since: 0, accounts: [] })).accounts).toEqual(new Map());
  });

  test('notices are listed by what their keys begin with, the latest first', async () => {
    const { store, other } = stores();
    for (const [key, at] of [
      ['budget a', 1],
      ['budget b', 2],
      ['budgets', 3],
      ['alarm', 4],
    ] as const)
      await store.notice({ key, at });
    expect(await other.notices({ prefix: 'budget ', limit: 9 })).toEqual([
      { key: 'budget b', at: 2 },
      { key: 'budget a', at: 1 },
    ]);
    expect(await other.notices({ prefix: 'budget ', limit: 1 })).toEqual([{ key: 'budget b', at: 2 }]);
  });
}
