import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { alertOf, alertPrefix, budgetNotices } from './budget-alert.ts';
import { addOpen, budgetFor, budgetUses, chargedSoFar, hasBudget, noSpending, type Candidate, type Spending } from './budget.ts';
import { describeUse, type BudgetUse } from './budget-use.ts';
import type { Prices } from './prices.ts';
import { sampleAttempt, sampleTokens } from '../core.samples.ts';
import type { Settings } from '../settings.ts';
import { noTokens } from '../transcript/transcript.ts';

type Budget = Settings['budget'];

const none: Budget = {
  dailyUsd: null,
  perBatchUsd: null,
  perTaskUsd: null,
  perTaskTokens: null,
  perAccountUsd: {},
  degradeAt: 0.8,
  stopAt: 0.95,
};
const task = { key: 1, id: 't1', batch: 'big' };
const account = { name: 'first', billing: 'token' };
const usd = (amount: number): number => Math.round(amount * 1e6);

function spending(more: { day?: number; first?: number; big?: number; t1?: number; tokens?: number }): Spending {
  const { day = 0, first = 0, big = 0, t1 = 0, tokens = 0 } = more;
  return {
    day: usd(day),
    accounts: new Map([['first', usd(first)]]),
    batches: new Map([['big', usd(big)]]),
    tasks: new Map([[1, { repo: '/repo', id: 't1', charged: usd(t1), tokens }]]),
  };
}

function judged(budget: Partial<Budget>, so: Spending, more: Partial<Candidate> = {}) {
  return budgetFor({ budget: { ...none, ...budget }, spending: so, task, account, dayEnds: 86_400_000, ...more });
}

describe('a budget', () => {
  it('is there as soon as one is set', () => {
    expect(hasBudget(none)).toBe(false);
    for (const one of [{ dailyUsd: 1 }, { perBatchUsd: 1 }, { perTaskUsd: 1 }, { perTaskTokens: 1 }, { perAccountUsd: { a: 1 } }])
      expect(hasBudget({ ...none, ...one })).toBe(true);
  });

  it.each([
    [7.99, 'ok'],
    [8, 'degrade'],
    [9.49, 'degrade'],
    [9.5, 'stop'],
    [30, 'stop'],
  ])('of ten dollars with %d spent: %s', (day, level) => {
    expect(judged({ dailyUsd: 10 }, spending({ day })).level).toBe(level);
  });

  it.each<[string, Partial<Budget>, Spending, string]>([
    ['day', { dailyUsd: 10 }, spending({ day: 9.6 }), 'the budget of the day: $9.60 of $10.00 is spent (96 %)'],
    ['account', { perAccountUsd: { first: 1 } }, spending({ first: 1 }), 'the budget of account first: $1.00 of $1.00 is spent (100 %)'],
    ['batch', { perBatchUsd: 1 }, spending({ big: 2 }), 'the budget of batch big: $2.00 of $1.00 is spent (200 %)'],
    ['task', { perTaskUsd: 0.005 }, spending({ t1: 0.005 }), 'the budget of task t1: $0.0050 of $0.0050 is spent (100 %)'],
    ['tokens', { perTaskTokens: 1000 }, spending({ tokens: 999 }), 'the token cap of t1: 999 of 1000 tokens are used (99 %)'],
  ])('stops what it is for: %s', (kind, budget, so, message) => {
    const until = kind === 'day' ? 86_400_000 : null;
    const { use, ...rest } = judged(budget, so);
    expect(rest).toEqual({ level: 'stop', until });
    expect(use).toMatchObject({ kind });
    expect(use === null ? null : describeUse(use)).toBe(message);
  });

  it('of another account, batch or task does not matter', () => {
    const budget = { perAccountUsd: { first: 1 }, perBatchUsd: 1, perTaskUsd: 1, perTaskTokens: 1 };
    const other = { task: { key: 2, id: 't2', batch: null }, account: { name: 'toString', billing: null } };
    const all = spending({ first: 9, big: 9, t1: 9, tokens: 9 });
    expect(judged(budget, all, other)).toEqual({ level: 'ok', use: null, until: null });
    expect(judged({ perBatchUsd: 1 }, noSpending).level).toBe('ok');
    expect(judged({ perAccountUsd: { first: 1 } }, noSpending).level).toBe('ok');
  });

  it('of an account is not judged before one is chosen', () => {
    const so = spending({ first: 9, day: 1 });
    for (const none_ of [null, { name: null, billing: null }])
      expect(judged({ perAccountUsd: { first: 1 }, dailyUsd: 1 }, so, { account: none_ })).toMatchObject({ use: { kind: 'day' } });
  });

  it('of money lets a subscription pass, the cap of tokens does not', () => {
    const all = spending({ day: 9, first: 9, big: 9, t1: 9, tokens: 9 });
    const budget = { dailyUsd: 1, perAccountUsd: { first: 1 }, perBatchUsd: 1, perTaskUsd: 1 };
    const plan = { account: { name: 'first', billing: 'subscription' } };
    expect(judged(budget, all, plan).level).toBe('ok');
    expect(judged({ ...budget, perTaskTokens: 1 }, all, plan)).toMatchObject({ level: 'stop', use: { kind: 'tokens' } });
  });

  it('that stops outweighs one that degrades, and of two stops the one that does not end by itself is told', () => {
    const budget = { dailyUsd: 1, perTaskUsd: 1, perBatchUsd: 1 };
    expect(judged(budget, spending({ day: 1, t1: 0.9 }))).toMatchObject({ use: { kind: 'day' }, until: 86_400_000 });
    expect(judged(budget, spending({ day: 5, t1: 1 }))).toMatchObject({ use: { kind: 'task' }, until: null });
    expect(judged(budget, spending({ day: 0.8, t1: 0.9, big: 0.85 }))).toMatchObject({
      level: 'degrade',
      use: { kind: 'task' },
      until: null,
    });
    expect(judged(budget, spending({ day: 0.9 }))).toMatchObject({ level: 'degrade', until: null });
  });
});

describe('open attempts', () => {
  const prices: Prices = { 'provider/model': [1e6, 0, 0, 0] };
  const route = { ...sampleAttempt().route, account: 'first' };

  it('count what they told, else what the table says, else nothing; under a subscription nothing', () => {
    const attempt = sampleAttempt({ tokens: { ...noTokens, input: 300 } });
    expect(chargedSoFar({ attempt: { ...attempt, cost: 5 }, prices })).toBe(5);
    expect(chargedSoFar({ attempt, prices })).toBe(300);
    expect(chargedSoFar({ attempt, prices: {} })).toBe(0);
    expect(chargedSoFar({ attempt: { ...attempt, cost: 5, billing: 'subscription' }, prices })).toBe(0);
  });

  it('are added to what closed ones took', () => {
    const open = [
      { attempt: sampleAttempt({ cost: 5, route, tokens: sampleTokens(1) }), batch: 'big' },
      { attempt: sampleAttempt({ cost: 7, taskKey: 2, taskId: 't2' }), batch: null },
      { attempt: sampleAttempt({ cost: 9, taskKey: 3, taskId: 't3', route: { ...route, account: 'second' } }), batch: 'small' },
    ];
    const before = spending({ day: 1, first: 2, big: 3, t1: 4, tokens: 50 });
    const copy = structuredClone(before);
    expect(addOpen({ spending: before, open, prices })).toEqual({
      day: usd(1) + 21,
      accounts: new Map([
        ['first', usd(2) + 5],
        ['second', 9],
      ]),
      batches: new Map([
        ['big', usd(3) + 5],
        ['small', 9],
      ]),
      tasks: new Map([
        [1, { repo: '/repo', id: 't1', charged: usd(4) + 5, tokens: 54 }],
        [2, { repo: '/repo', id: 't2', charged: 7, tokens: 0 }],
        [3, { repo: '/repo', id: 't3', charged: 9, tokens: 0 }],
      ]),
    });
    expect(before).toEqual(copy);
  });
});

describe('any spending', () => {
  const amount = fc.nat(1e12);
  const limit = fc.option(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { nil: null });
  const budgets = fc.record({
    dailyUsd: limit,
    perBatchUsd: limit,
    perTaskUsd: limit,
    perTaskTokens: fc.option(fc.integer({ min: 1, max: 1e9 }), { nil: null }),
    perAccountUsd: fc.dictionary(fc.constantFrom('first', 'second'), fc.double({ min: 1e-6, max: 1e6, noNaN: true })),
    degradeAt: fc.constantFrom(0.5, 0.8),
    stopAt: fc.constantFrom(0.5, 0.95, 1.2),
  });
  const spendings = fc
    .record({ day: amount, first: amount, big: amount, t1: amount, tokens: amount })
    .map(({ day, first, big, t1, tokens }): Spending => ({
      day,
      accounts: new Map([['first', first]]),
      batches: new Map([['big', big]]),
      tasks: new Map([[1, { repo: '/repo', id: 't1', charged: t1, tokens }]]),
    }));
  const order = ['ok', 'degrade', 'stop'];

  it('is judged as its worst budget is, and more of it never better', () => {
    fc.assert(
      fc.property(budgets, spendings, fc.nat(1e9), (budget, so, more) => {
        const now = budgetFor({ budget, spending: so, task, account, dayEnds: 5 });
        const uses = budgetUses({ budget, spending: so }).filter(({ name }) => name !== 'second');
        expect(order.indexOf(now.level)).toBe(Math.max(0, ...uses.map(({ level }) => order.indexOf(level))));
        expect(now.use === null).toBe(now.level === 'ok');
        const open = [{ attempt: sampleAttempt({ cost: more + 1, route: { ...sampleAttempt().route, account: 'first' } }), batch: 'big' }];
        const later = budgetFor({ budget, spending: addOpen({ spending: so, open, prices: {} }), task, account, dayEnds: 5 });
        expect(order.indexOf(later.level)).toBeGreaterThanOrEqual(order.indexOf(now.level));
      }),
    );
  });

  it('is told by keys that are each other’s equal only for the same threshold, and can be read again', () => {
    fc.assert(
      fc.property(budgets, spendings, (budget, so) => {
        const notices = budgetNotices({ budget, spending: so, day: '2026-11-23', repo: '/repo' });
        expect(new Set(notices.map(({ key }) => key)).size).toBe(notices.length);
        const known = budgetUses({ budget, spending: so }).filter(({ level }) => level !== 'ok');
        expect(notices.map(({ key }) => alertOf(key))).toEqual(
          known.map(({ kind, name, level, limit: of }) => ({
            kind,
            name: name ?? '2026-11-23',
            repo: kind === 'task' || kind === 'tokens' ? '/repo' : null,
            level,
            limit: of,
          })),
        );
      }),
    );
  });
});

describe('an alert', () => {
  const budget = { ...none, dailyUsd: 10, perTaskTokens: 1000, perTaskUsd: 1 };
  const told = (so: Spending, more: Partial<Budget> = {}, day = '2026-11-23') =>
    budgetNotices({ budget: { ...budget, ...more }, spending: so, day, repo: '/repo' }).map(({ key }) => key);

  it('is one per threshold, period and limit', () => {
    const [first] = told(spending({ day: 8 }));
    expect(first?.startsWith(alertPrefix)).toBe(true);
    expect(told(spending({ day: 9 }))).toEqual([first]);
    for (const other of [
      told(spending({ day: 9.9 })),
      told(spending({ day: 8 }), {}, '2026-11-24'),
      told(spending({ day: 9 }), { dailyUsd: 11 }),
    ])
      expect(other).not.toEqual([first]);
  });

  it('names the task that it is about, and what follows', () => {
    expect(budgetNotices({ budget, spending: spending({ day: 8, t1: 1, tokens: 900 }), day: '2026-11-23', repo: '/repo' })).toMatchObject([
      {
        kind: 'budget',
        task: null,
        message: expect.stringMatching(/^the budget of the day: .*: cheaper models are used where there are any$/),
      },
      { kind: 'budget', task: 't1', message: expect.stringMatching(/^the budget of task t1: .*: no new attempt is started$/) },
      { kind: 'budget', task: 't1', message: expect.stringMatching(/^the token cap of t1: .*: cheaper/) },
    ]);
  });

  it('is no other notice', () => {
    for (const key of ['failed 1 0 0 budget: x', 'budget ', 'budget year stop 5 x', '']) expect(alertOf(key)).toBeNull();
    expect(alertOf('budget batch stop 5 the big one')).toEqual({ kind: 'batch', name: 'the big one', repo: null, level: 'stop', limit: 5 });
    expect(alertOf('budget task stop 5 t1 /a repo')).toEqual({ kind: 'task', name: 't1', repo: '/a repo', level: 'stop', limit: 5 });
  });

  it('of a task is told by its own repository’s limits', () => {
    const so = spending({ t1: 1, tokens: 1000 });
    expect(budgetNotices({ budget, spending: so, day: '2026-11-23', repo: '/other' })).toEqual([]);
    expect(budgetNotices({ budget, spending: so, day: '2026-11-23', repo: '/repo' })).toHaveLength(2);
  });
});

test('small amounts are told to the hundredth of a cent', () => {
  const use: BudgetUse = { kind: 'day', name: null, spent: 1234, limit: 5e6, share: 0.0002, level: 'ok' };
  expect(describeUse(use)).toBe('the budget of the day: $0.0012 of $5.00 is spent (0 %)');
  expect(describeUse({ ...use, spent: 0, share: 0 })).toBe('the budget of the day: $0 of $5.00 is spent (0 %)');
});
