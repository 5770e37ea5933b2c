import { describe, expect, it } from 'vitest';
import { closingOf, commentText, isWorkedOn, markOfClosed, moveOf, type CommentFacts } from './issue-state.ts';
import { sampleSyncTask as task } from './sync-world.samples.ts';

const merged = task({ state: 'done', evidence: { pull: 7 } });

describe('closing', () => {
  it('needs evidence', () => {
    expect(closingOf({ mark: 'done', task: merged })).toEqual({ close: 'completed' });
    expect(closingOf({ mark: 'done', task: task() })).toEqual({ close: 'no', why: 'no-evidence' });
    expect(closingOf({ mark: 'done', task: null })).toEqual({ close: 'no', why: 'no-evidence' });
    expect(closingOf({ mark: 'declined', task: merged })).toEqual({ close: 'not-planned' });
    expect([markOfClosed(merged), markOfClosed(task()), markOfClosed(null)]).toEqual(['done', 'declined', 'declined']);
  });

  it('moves the task', () => {
    const moves = (['queued', 'running', 'delivered', 'done', 'blocked', 'failed', 'cancelled'] as const).map((state) => [
      moveOf({ to: 'open', task: task({ state }) }),
      moveOf({ to: 'declined', task: task({ state }) }),
      moveOf({ to: 'done', task: task({ state }) }),
      isWorkedOn(task({ state })),
    ]);
    expect(moves).toEqual([
      [null, 'cancelled', null, false],
      [null, 'cancelled', null, true],
      [null, null, null, true],
      ['queued', null, null, false],
      [null, 'cancelled', null, false],
      [null, 'cancelled', null, false],
      ['queued', null, null, false],
    ]);
    expect([moveOf({ to: 'open', task: null }), isWorkedOn(null)]).toEqual([null, false]);
  });
});

describe('the comment', () => {
  const open = { state: 'open', closedBy: null, reopenedBy: null, comment: null } as const;
  const closed = { ...open, state: 'closed' } as const;
  const comment = { id: 'c1', text: '' };
  const table: readonly [given: Partial<CommentFacts>, text: string | null][] = [
    [{ task: null }, null],
    [{ task: task() }, null],
    [{ task: task(), issue: { ...open, comment } }, '`t1` is open.'],
    [{ task: task({ state: 'cancelled' }), issue: { ...open, comment } }, '`t1` is open.'],
    [{ task: task(), issue: { ...open, reopenedBy: 'ann' } }, '`ann` opened this issue again, so `t1` is open again.'],
    [{ task: task(), issue: { ...open, reopenedBy: 'yard' } }, 'This issue was opened again, so `t1` is open again.'],
    [{ task: task(), mark: 'declined', issue: { ...open, reopenedBy: 'ann' } }, null],
    [{ task: task({ state: 'running' }) }, 'Work on `t1` is under way.'],
    [{ task: task({ state: 'delivered' }) }, 'The work on `t1` is delivered.'],
    [{ task: task({ state: 'delivered', pull: 7 }) }, 'The work on `t1` is in review: #7.'],
    [{ task: task({ state: 'blocked' }) }, '`t1` is blocked. A person has to look at it.'],
    [
      { task: task({ state: 'blocked', verifyFailed: true }) },
      'What was merged for `t1` failed its verification. A person has to look at it.',
    ],
    [
      { task: task({ state: 'failed' }) },
      '`t1` has failed. A person has to look at it, and can have it tried again with `yardmaster retry t1`.',
    ],
    // A tick that git lost, or that a person took back.
    [{ task: merged }, null],
    [{ task: merged, issue: { ...open, comment } }, '`t1` is open.'],
    [{ task: merged, mark: 'done' }, '`t1` is done: it was merged with #7.'],
    [{ task: merged, mark: 'done', issue: closed }, '`t1` is done: it was merged with #7.'],
    [
      { task: task({ evidence: { pull: null } }), mark: 'done', issue: closed },
      '`t1` is done: it was verified that nothing needed to change.',
    ],
    [{ task: null, mark: 'done', issue: closed }, '`t1` is ticked in TODO.md.'],
    [{ task: task(), mark: 'done', issue: closed }, '`t1` is ticked in TODO.md.'],
    [{ mark: 'declined', issue: { ...closed, closedBy: 'yard' } }, '`t1` was declined in TODO.md.'],
    [{ mark: 'declined', issue: closed }, '`t1` was declined in TODO.md.'],
    [{ mark: 'declined', issue: { ...closed, closedBy: 'ann' } }, '`ann` closed this issue, so `t1` is declined in TODO.md.'],
  ];
  it.each(table)('%j', (given, text) => {
    expect(commentText({ id: 't1', mark: 'open', task: null, issue: open, me: 'yard', ...given })).toBe(text);
  });
});
