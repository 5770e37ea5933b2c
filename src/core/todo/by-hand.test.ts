// What a list with the lines of stored tasks has done with them.
import { expect, test } from 'vitest';
import { sampleTask } from '../core.samples.ts';
import type { Task } from '../task/task.ts';
import { missingFrom, moveOf, newsIn, openIn, problemsIn } from './by-hand.ts';
import { parseTodo } from './line.ts';
import { bodyWithBrief } from './request.ts';

const tick = { completed: '2026-02-07' };
const task = (id: string, more: Partial<Task>): Task => sampleTask({ id, title: 'A', line: 'open', ...more });
const newsOf = (text: string, stored: readonly Task[]) => {
  const news = newsIn({ tasks: parseTodo({ text, ids: 't' }).tasks, stored });
  return { moves: news.map((line) => moveOf(line)), problems: problemsIn(news).map(({ code }) => code) };
};

test.each([
  ['- [x] t1 A\n', { state: 'queued' }, { to: 'cancelled', reason: { code: 'ticked' }, patch: { line: 'closed' } }, []],
  ['- [-] t1 A\n', { state: 'failed' }, { to: 'cancelled', reason: { code: 'declined' }, patch: { line: 'closed' } }, []],
  ['- [ ] t1 A completed:2026-02-07\n', { state: 'done', ticks: [tick] }, { to: 'queued', reason: { code: 'unticked' } }, []],
  ['- [ ] t1 A\n', { state: 'cancelled', line: 'closed' }, { to: 'queued', patch: { line: 'open' } }, []],
  ['- [ ] t1 A\n', { state: 'done', ticks: [tick] }, null, ['open-again']],
  ['- [x] t1 A completed:2026-02-07\n', { state: 'queued', ticks: [tick] }, null, ['ticked-before']],
] as const)('%j of a task that is %j', (text, more, move, problems) => {
  const stored = task('t1', more);
  expect(newsOf(text, [stored, task('t2', { key: 2 })])).toEqual({
    moves: [move === null ? null : expect.objectContaining({ task: stored, ...nested(move) })],
    problems,
  });
});

const nested = (move: object) =>
  Object.fromEntries(Object.entries(move).map(([key, value]) => [key, typeof value === 'object' ? expect.objectContaining(value) : value]));

test('a line that says nothing new, and one of a task that is not known', () => {
  expect(newsOf('- [ ] t1 A\n- [x] t9 B\n', [task('t1', { state: 'queued' })])).toEqual({ moves: [], problems: [] });
  expect(openIn(parseTodo({ text: '- [ ] t1 A\n- [x] t2 B\n- [ ] t3 C\n', ids: 't' }).tasks)).toEqual(['t1', 't3']);
});

test('a line that is gone or cannot be read is missing once, of a task on which nobody works', () => {
  const parsed = parseTodo({ text: '- [?] t2 A\n', ids: 't' });
  const stored = [
    task('t1', { state: 'queued' }),
    task('t2', { state: 'blocked' }),
    task('t3', { state: 'queued', line: 'gone' }),
    task('t4', { state: 'queued', line: 'none' }),
    task('t5', { state: 'running' }),
  ];
  expect(missingFrom({ ...parsed, stored }).map(({ id, line }) => [id, line])).toEqual([
    ['t1', 'gone'],
    ['t2', 'unread'],
  ]);
});

test('a brief goes before what stands below the line', () => {
  expect(bodyWithBrief({ brief: null, body: 'below' })).toBe('below');
  expect(bodyWithBrief({ brief: '# What\n', body: null })).toBe('# What');
  expect(bodyWithBrief({ brief: '# What\n', body: 'below' })).toBe('# What\n\nbelow');
});
