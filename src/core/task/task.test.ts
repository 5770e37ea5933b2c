import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayBecome, nextTaskId, parentOf, taskStates, type TaskState } from './task.ts';

// Rows: from; columns: to, in the order of `taskStates`. All 49 pairs, for people to review.
const table: Readonly<Record<TaskState, string>> = {
  //          queued running delivered done blocked failed cancelled
  queued: '     -      x        -       -     x      x      x',
  running: '    x      -        x       -     x      x      x',
  delivered: '  x      x        -       x     x      -      x',
  done: '       x      -        -       -     -      -      -',
  blocked: '    x      -        x       -     -      -      x',
  failed: '     x      -        -       -     -      -      x',
  cancelled: '  x      -        -       -     -      -      -',
};
const pairs = taskStates.flatMap((from) =>
  taskStates.map((to, column) => ({ from, to, may: table[from].trim().split(/\s+/)[column] === 'x' })),
);

describe('mayBecome', () => {
  it.each(pairs)('$from → $to: $may', ({ from, to, may }) => {
    expect(mayBecome(from, to)).toBe(may);
  });

  it('knows of all pairs', () => {
    expect(pairs).toHaveLength(49);
    for (const row of Object.values(table)) expect(row.trim().split(/\s+/)).toHaveLength(7);
  });

  it('lets work be done on one way only: delivered first, by a worker; what blocked its pull request may pass', () => {
    expect(taskStates.filter((from) => mayBecome(from, 'done'))).toEqual(['delivered']);
    expect(taskStates.filter((from) => mayBecome(from, 'delivered'))).toEqual(['running', 'blocked']);
    expect(taskStates.filter((from) => mayBecome(from, 'running'))).toEqual(['queued', 'delivered']);
  });

  it('reaches every state from the first, and leaves every state', () => {
    const reached = new Set<TaskState>(['queued']);
    for (const from of reached) for (const to of taskStates) if (mayBecome(from, to)) reached.add(to);
    expect([...reached].toSorted()).toEqual([...taskStates].toSorted());
    for (const from of taskStates)
      expect(
        taskStates.some((to) => mayBecome(from, to)),
        from,
      ).toBe(true);
  });

  it('leads a retry back to the queue from every other state', () => {
    expect(taskStates.filter((from) => !mayBecome(from, 'queued'))).toEqual(['queued']);
  });
});

describe('parentOf', () => {
  it.each([
    ['t12', null],
    ['t12.3', 't12'],
    ['t12.3.1', 't12.3'],
  ])('%s → %s', (id, parent) => {
    expect(parentOf(id)).toBe(parent);
  });

  it('takes away what a subtask adds', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(999), { minLength: 1, maxLength: 2 }), fc.nat(999), (numbers, last) => {
        const id = `t${numbers.join('.')}`;
        expect(parentOf(`${id}.${last}`)).toBe(id);
      }),
    );
  });
});

it.each([
  [[], 't', 't1'],
  [['t3', 't12.4', 't2'], 't', 't13'],
  [['t999999999999', 't1', 't2.1'], 't', 't3'],
  [['t999999999998'], 't', 't999999999999'],
  [['t9', 'AUTH-3', 'AUTH-2.1'], 'AUTH-', 'AUTH-4'],
  [['task-9', 't3'], 't', 't4'],
])('after %j comes, with %s, %s', (taken, ids, next) => {
  expect(nextTaskId({ taken, ids })).toBe(next);
});
