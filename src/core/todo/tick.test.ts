import { describe, expect, test } from 'vitest';
import { sampleDelivery, sampleTask } from '../core.samples.ts';
import { sampleRecord } from '../delivery/pull.samples.ts';
import { hour } from '../time.ts';
import { parseTodo } from './line.ts';
import type { Task } from '../task/task.ts';
import { newsOf, newsProblem, tickOf, type LineNews } from './tick.ts';

const todoOf = (line: string) => parseTodo({ text: line, ids: 't' }).tasks[0]!;
const first = { branch: 'yard/t1', completed: '2026-11-30' };
const last = { status: 'no-change-needed', completed: '2026-11-30T10:00:00Z' };
const done: Partial<Task> = { state: 'done', ticks: [first, last] };

const merged: Partial<Task> = { state: 'done', ticks: [{ pr: '#7', completed: '2026-11-30', verified: '2026-11-30' }] };

const cases: readonly [what: string, task: Partial<Task>, line: string, news: LineNews][] = [
  ['a person ticks a task that waits', {}, '- [x] t1 A', 'ticked'],
  ['or one that is blocked', { state: 'blocked' }, '- [x] t1 A', 'ticked'],
  ['or declines one that failed', { state: 'failed' }, '- [-] t1 A', 'declined'],
  ['an open line of a task that waits', { ticks: [last] }, '- [ ] t1 A status:no-change-needed', null],
  ['a task at work is not touched', { state: 'running' }, '- [x] t1 A', null],
  ['nor one that is delivered', { state: 'delivered', ticks: [first] }, '- [ ] t1 A branch:yard/t1 completed:2026-11-30', null],
  ['one from the command line', { line: 'none' }, '- [x] t1 A', null],
  ['one that a schedule does again', { line: 'ticked' }, '- [x] t1 A', null],
  ['our last tick cancels nothing', { ticks: [first] }, '- [x] t1 A branch:yard/t1 completed:2026-11-30 logged:2026-01-01', 'ours'],
  ['nor does one before it', { ticks: [first, last] }, '- [x] t1 A, renamed completed:2026-11-30 branch:yard/t1', 'ours'],
  ['a tick of a person, with tokens of another day', { ticks: [first] }, '- [x] t1 A branch:yard/t1 completed:2026-12-01', 'ticked'],
  ['a line that is declined is nobody’s tick', { ticks: [first] }, '- [-] t1 A branch:yard/t1 completed:2026-11-30', 'declined'],
  ['a done task’s line is ticked', done, '- [x] t1 A', null],
  ['a person empties the box', done, '- [ ] t1 A, and more status:no-change-needed completed:2026-11-30T10:00:00Z', 'unticked'],
  ['a person empties the box of a merged one', merged, '- [ ] t1 A pr:#7 completed:2026-11-30 verified:2026-11-30', 'unticked'],
  ['the line of a merged one with another pull request', merged, '- [ ] t1 A pr:#8 completed:2026-11-30 verified:2026-11-30', 'came-back'],
  ['the line of a merged one without it', merged, '- [ ] t1 A completed:2026-11-30 verified:2026-11-30', 'came-back'],
  ['the line of a merged one that was not verified', merged, '- [ ] t1 A pr:#7 completed:2026-11-30', 'came-back'],
  ['the line as it was before', done, '- [ ] t1 A', 'came-back'],
  ['the line as a person unticked it the time before', done, '- [ ] t1 A branch:yard/t1 completed:2026-11-30', 'came-back'],
  ['a part of what was written', done, '- [ ] t1 A status:no-change-needed', 'came-back'],
  ['of a tick from before ticks were stored nothing is known', { state: 'done' }, '- [ ] t1 A completed:2026-11-30', 'came-back'],
  ['a line for a task from the command line that is done', { state: 'done', line: 'none', title: 'A' }, '- [ ] t1 A', 'came-back'],
  ['a line for another task of that id', { state: 'done', line: 'none', title: 'B' }, '- [ ] t1 A', null],
  ['the list cancelled it, and opens it again', { state: 'cancelled', line: 'closed' }, '- [ ] t1 A', 'unticked'],
  ['the list cancelled it', { state: 'cancelled', line: 'closed' }, '- [x] t1 A', null],
  ['a person cancelled it by a command', { state: 'cancelled' }, '- [ ] t1 A', null],
];

test.each(cases)('%s', (_, task, line, news) => {
  expect(newsOf({ task: sampleTask(task), todo: todoOf(line) })).toBe(news);
});

describe('a tick of ours', () => {
  const iso = (time: number): string => new Date(time).toISOString();
  const at = Date.parse('2026-11-30T23:59:01.234Z');
  const delivered = { delivery: sampleDelivery({ commit: 'c0ffee' }) };
  const mergedAs = (more: Parameters<typeof sampleRecord>[0]): Partial<Task> => ({
    delivery: sampleDelivery({ commit: 'c0ffee', pull: sampleRecord({ ...more, seen: { state: 'merged' } }) }),
  });

  test.each<[string, Partial<Task>, object]>([
    ['names the branch', delivered, { branch: 'yard/t1', completed: '2026-11-30' }],
    ['or that nothing was to be done', { delivery: sampleDelivery() }, { status: 'no-change-needed', completed: '2026-11-30' }],
    [
      'also where there was no branch',
      { delivery: sampleDelivery({ branch: null, commit: 'c0ffee' }) },
      { status: 'no-change-needed', completed: '2026-11-30' },
    ],
    ['also where no site was made', {}, { status: 'no-change-needed', completed: '2026-11-30' }],
    ['has the time as well on a day with another', { ...delivered, ticks: [first] }, { ...first, completed: '2026-11-30T23:59:01Z' }],
    ['and not on a later day', { ...delivered, ticks: [{ completed: '2026-11-29' }] }, { branch: 'yard/t1', completed: '2026-11-30' }],
    ['names the pull request that was merged', mergedAs({}), { pr: '#7', completed: '2026-11-30' }],
    [
      'and when it was verified, if it was',
      mergedAs({ verified: { commit: 'm1', at: at - 24 * hour, failed: null } }),
      { pr: '#7', completed: '2026-11-30', verified: '2026-11-29' },
    ],
    [
      'but not that a failed verification is one',
      mergedAs({ verified: { commit: 'm1', at, failed: { command: 'npm test', output: 'no' } } }),
      { pr: '#7', completed: '2026-11-30' },
    ],
    [
      'the branch while the pull request is not merged',
      { delivery: sampleDelivery({ commit: 'c0ffee', pull: sampleRecord() }) },
      { branch: 'yard/t1', completed: '2026-11-30' },
    ],
  ])('%s', (_, task, tick) => {
    expect(tickOf({ task: sampleTask(task), at, iso })).toEqual(tick);
  });
});

test('what changes nothing is told with its line and what helps', () => {
  const todo = todoOf('- [ ] t1 A');
  expect(newsProblem({ todo, news: 'came-back' })).toMatchObject({
    line: 1,
    task: 't1',
    hint: expect.stringContaining('yardmaster reset t1'),
  });
  expect(newsProblem({ todo, news: 'ours' })).toMatchObject({
    code: 'ticked-before',
    hint: expect.stringContaining('yardmaster cancel t1'),
  });
  expect(newsProblem({ todo, news: 'unticked' })).toBeNull();
});
