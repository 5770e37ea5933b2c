import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { sampleDelivery, sampleTask } from '../core.samples.ts';
import type { Task, TaskState } from '../task/task.ts';
import type { Delivery } from './delivery.ts';
import { samplePlan, sampleRecord } from './pull.samples.ts';
import { belowOf, bottomUp, lowerOf, openBranch, stackedOnAfter, stackStart, withThoseAbove } from './stack.ts';

const branch = (id: string): string => `yard/${id}`;
const stackedOn = (id: string) => ({ task: id, branch: branch(id) });
const opened = sampleRecord({ seen: { base: { branch: 'main' } } });
/** What a task has delivered, with a pull request unless it says otherwise. */
const delivered = (id: string, more: Partial<Delivery> = {}): Delivery =>
  sampleDelivery({ branch: branch(id), commit: 'h1', pull: opened, ...more });
const merged = sampleRecord({ seen: { state: 'merged', base: { branch: 'release' } } });
const closed = sampleRecord({ seen: { state: 'closed' } });

test.each([
  ['with an open pull request', delivered('t1'), true],
  ['whose pull request is to be opened', delivered('t1', { pull: samplePlan }), true],
  ['without a pull request', delivered('t1', { pull: null }), true],
  ['whose pull request is merged', delivered('t1', { pull: merged }), false],
  ['whose pull request is closed', delivered('t1', { pull: closed }), false],
  ['that is merged without a forge', delivered('t1', { pull: null, merged: { base: 'main', commit: 'm1' } }), false],
  ['of which nothing arrived', delivered('t1', { commit: null }), false],
  ['without a branch', delivered('t1', { branch: null }), false],
  ['that has none', null, false],
] as const)('a delivery %s is an open branch: %3$s', (_, delivery, is) => {
  expect(openBranch({ id: 't1', delivery })).toEqual(is ? { ...stackedOn('t1'), commit: 'h1' } : null);
});

describe('from where a blocked task starts', () => {
  type Known = Readonly<Record<string, readonly [TaskState, Delivery?]>>;
  const start = (blockedBy: readonly string[], known: Known, stack = true) => {
    const all = Object.entries(known);
    const deliveries = new Map(all.flatMap(([id, [, delivery]]) => (delivery === undefined ? [] : [[id, delivery] as const])));
    return stackStart({ blockedBy, states: new Map(all.map(([id, [state]]) => [id, state])), deliveries: stack ? deliveries : null });
  };
  const chain: Known = {
    t1: ['delivered', delivered('t1')],
    t2: ['delivered', delivered('t2', { stackedOn: stackedOn('t1') })],
    t3: ['delivered', delivered('t3', { stackedOn: stackedOn('t2') })],
    t4: ['delivered', delivered('t4')],
  };
  const none = { open: [], several: [], on: null };
  const on = (id: string) => ({ ...none, on: { ...stackedOn(id), commit: 'h1' } });

  it.each<readonly [what: string, got: ReturnType<typeof start>, want: ReturnType<typeof start>]>([
    ['from the base, blocked by nothing', start([], {}), none],
    ['from the base, once all are done', start(['t1', 't2'], { t1: ['done'], t2: ['done', delivered('t2')] }), none],
    ['from the branch of one that is delivered', start(['t1'], chain), on('t1')],
    ['also if others are done', start(['t1', 't9'], { ...chain, t9: ['done'] }), on('t1')],
    ['not where tasks are not stacked', start(['t1'], chain, false), { ...none, open: ['t1'] }],
    ['not while one is at work', start(['t1', 't9'], { ...chain, t9: ['running', delivered('t9')] }), { ...none, open: ['t9'] }],
    ['not after one that nobody knows', start(['t9'], chain), { ...none, open: ['t9'] }],
    ['not without a pull request', start(['t1'], { t1: ['delivered', delivered('t1', { pull: null })] }), { ...none, open: ['t1'] }],
    ['not while it is being finished', start(['t1'], { t1: ['delivered', delivered('t1', { pull: merged })] }), { ...none, open: ['t1'] }],
    ['from the upper one of two that build on each other', start(['t1', 't2'], chain), on('t2')],
    ['whatever their order, and what is between them', start(['t3', 't1'], chain), on('t3')],
    ['not from two that do not', start(['t2', 't4'], chain), { ...none, several: ['t2', 't4'] }],
    ['not from three of which one does not', start(['t1', 't2', 't4'], chain), { ...none, several: ['t1', 't2', 't4'] }],
    [
      'not from two that build on each other in a circle',
      start(['t1', 't2', 't4'], { ...chain, t1: ['delivered', delivered('t1', { stackedOn: stackedOn('t2') })] }),
      { ...none, several: ['t1', 't2', 't4'] },
    ],
  ])('%s', (_, got, want) => expect(got).toEqual(want));

  it('is one of four, and the branch has the work of all that are not done', () => {
    const states = fc.constantFrom<TaskState>('delivered', 'delivered', 'delivered', 'done', 'running');
    const some = fc.array(fc.record({ state: states, below: fc.option(fc.nat(6), { nil: null }) }), { minLength: 1, maxLength: 7 });
    const seen = { open: 0, several: 0, on: 0, base: 0 };
    fc.assert(
      fc.property(some, fc.uniqueArray(fc.nat(6), { maxLength: 3 }), (tasks, blocking) => {
        const below = (nth: number): number | null => {
          const lower = tasks[nth]?.below ?? null;
          return lower !== null && lower < nth ? lower : null;
        };
        const known = Object.fromEntries(
          tasks.map(({ state }, nth) => {
            const lower = below(nth);
            return [`t${nth}`, [state, delivered(`t${nth}`, { stackedOn: lower === null ? null : stackedOn(`t${lower}`) })] as const];
          }),
        );
        const blockedBy = blocking.filter((nth) => nth < tasks.length).map((nth) => `t${nth}`);
        const got = start(blockedBy, known);
        const undone = blockedBy.filter((id) => known[id]?.[0] !== 'done');
        const kinds = [got.open.length > 0, got.several.length > 0, got.on !== null].filter(Boolean);
        expect(kinds.length).toBe(undone.length > 0 ? 1 : 0);
        expect(got.open).toEqual(undone.filter((id) => known[id]?.[0] === 'running'));
        if (got.on !== null) {
          const under: (string | null)[] = [];
          for (let nth: number | null = Number(got.on.task.slice(1)); nth !== null; nth = below(nth)) under.push(`t${nth}`);
          expect(under).toEqual(expect.arrayContaining(undone));
        }
        seen[got.open.length > 0 ? 'open' : got.several.length > 0 ? 'several' : got.on !== null ? 'on' : 'base'] += 1;
      }),
      { numRuns: 1000, seed: 7 },
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(30);
  });
});

describe('what became of the lower task', () => {
  const lower = (state: TaskState, delivery: Delivery | null) => lowerOf({ on: stackedOn('t1'), task: { state, delivery } });
  it.each<readonly [what: string, got: ReturnType<typeof lower>, want: ReturnType<typeof lower>]>([
    ['its pull request is open', lower('delivered', delivered('t1')), { is: 'open' }],
    ['it is to be opened', lower('delivered', delivered('t1', { pull: samplePlan })), { is: 'open' }],
    ['it has none', lower('done', delivered('t1', { pull: null })), { is: 'open' }],
    ['a worker answers for it', lower('running', delivered('t1')), { is: 'open' }],
    ['it is merged', lower('delivered', delivered('t1', { pull: merged })), { is: 'merged', base: 'release' }],
    ['it is merged, and was cancelled', lower('cancelled', delivered('t1', { pull: merged })), { is: 'merged', base: 'release' }],
    [
      'it is merged without a forge',
      lower('done', delivered('t1', { pull: null, merged: { base: 'main', commit: 'm1' } })),
      { is: 'merged', base: 'main' },
    ],
    ['it is closed', lower('blocked', delivered('t1', { pull: closed })), { is: 'closed' }],
    ['its task is cancelled', lower('cancelled', delivered('t1')), { is: 'gone' }],
    ['its task was reset', lower('queued', null), { is: 'gone' }],
    ['its task has another branch by now', lower('delivered', delivered('t9')), { is: 'gone' }],
    ['there is no such task', lowerOf({ on: stackedOn('t1'), task: null }), { is: 'gone' }],
  ])('%s', (_, got, want) => expect(got).toEqual(want));
});

test('it builds on another branch only as long as that is its base', () => {
  const delivery = delivered('t2', { stackedOn: stackedOn('t1') });
  expect(stackedOnAfter({ delivery, base: branch('t1') })).toEqual(stackedOn('t1'));
  expect(stackedOnAfter({ delivery, base: 'main' })).toBe(null);
  expect(stackedOnAfter({ delivery: delivered('t1'), base: 'main' })).toBe(null);
  expect(stackedOnAfter({ delivery: null, base: 'main' })).toBe(null);
});

describe('what stands below a pull request', () => {
  const onBranch = sampleRecord({ seen: { base: { branch: branch('t1') } } });
  type Given = Partial<Parameters<typeof belowOf>[0]>;
  const below = (more: Given = {}) =>
    belowOf({ delivery: delivered('t2'), record: opened, task: null, under: null, baseCommit: 'b1', ...more });
  const stacked = { delivery: delivered('t2', { stackedOn: stackedOn('t1') }), record: onBranch } as const;
  const lower = (delivery: Delivery, state: TaskState = 'delivered') => ({ task: { state, delivery } });
  const under = (record: typeof opened) => ({ under: { task: { id: 't1' }, record }, record: onBranch });
  const at = { task: 't1', base: branch('t1'), hasMoved: false };

  it.each<readonly [what: string, given: Given, want: ReturnType<typeof below>]>([
    ['nothing', {}, null],
    ['the one that it builds on', { ...stacked, ...lower(delivered('t1')) }, { ...at, is: 'open' }],
    [
      'the same, after that was rewritten',
      { ...stacked, ...lower(delivered('t1')), baseCommit: 'b2' },
      { ...at, is: 'open', hasMoved: true },
    ],
    ['the same, merged', { ...stacked, ...lower(delivered('t1', { pull: merged })) }, { ...at, base: 'release', is: 'over' }],
    ['the same, closed', { ...stacked, ...lower(delivered('t1', { pull: closed })) }, { ...at, is: 'closed' }],
    ['the same, gone', stacked, { ...at, is: 'gone' }],
    ['nothing any more, but its commits', { ...stacked, ...lower(delivered('t1')), record: opened }, { ...at, base: 'main', is: 'over' }],
    ['one that a person made its base', under(opened), { ...at, is: 'open' }],
    ['the same, merged', under(merged), { ...at, base: 'release', is: 'over' }],
    ['the same, closed', under(closed), { ...at, is: 'closed' }],
    ['one of which it has nothing', { ...under(opened), delivery: null }, { ...at, is: 'open', hasMoved: true }],
    ['one whose branch nobody could be asked for', { ...under(opened), delivery: null, baseCommit: null }, { ...at, is: 'open' }],
  ])('%s', (_, given, want) => expect(below(given)).toEqual(want));
});

describe('the tasks of a stack', () => {
  const task = (key: number, delivery: Delivery | null, repo = '/r'): Task => sampleTask({ key, id: `t${key}`, repo, delivery });
  const one = task(1, delivered('t1'));
  const two = task(2, delivered('t2', { stackedOn: stackedOn('t1') }));
  const three = task(3, delivered('t3', { pull: sampleRecord({ seen: { base: { branch: branch('t2') } } }) }));
  const other = task(4, delivered('t4'));
  const elsewhere = task(5, delivered('t5', { stackedOn: stackedOn('t1') }), '/s');
  const queued = task(6, null);
  const all = [three, elsewhere, two, queued, other, one];
  const ids = (tasks: readonly Task[]): string[] => tasks.map(({ id }) => id);

  it('all of those above belong to the lower one', () => {
    expect(ids(withThoseAbove({ all, chosen: [one] }))).toEqual(['t1', 't2', 't3']);
    expect(ids(withThoseAbove({ all, chosen: [three, two, other] }))).toEqual(['t3', 't2', 't4']);
    expect(withThoseAbove({ all, chosen: [] })).toEqual([]);
  });

  it('are looked at from the bottom up, also if somebody made a circle', () => {
    expect(ids(bottomUp(all))).toEqual(['t5', 't6', 't4', 't1', 't2', 't3']);
    const circle = [task(1, delivered('t1', { stackedOn: stackedOn('t2') })), two];
    expect(ids(bottomUp(circle))).toEqual(['t1', 't2']);
  });

  it('come in an order in which nothing is before what it builds on', () => {
    const some = fc.array(fc.option(fc.nat(7), { nil: null }), { maxLength: 8 });
    fc.assert(
      fc.property(some, (lowers) => {
        const tasks = lowers.map((lower, nth) =>
          task(nth + 1, delivered(`t${nth + 1}`, { stackedOn: lower === null || lower >= nth ? null : stackedOn(`t${lower + 1}`) })),
        );
        const ordered = bottomUp(tasks.toReversed());
        expect(ordered.toSorted((a, b) => a.key - b.key)).toEqual(tasks);
        for (const [at, { delivery }] of ordered.entries()) {
          const lower = ordered.findIndex(({ id }) => id === delivery?.stackedOn?.task);
          expect(lower).toBeLessThan(at);
        }
      }),
    );
  });
});
