import { expect, test } from 'vitest';
import { taskFolderName } from './folder-names.ts';
import { leftovers, recordsOf, type Found } from './leftovers.ts';
import { sampleAttempt, sampleTask } from '../core.samples.ts';

const id = '0b0e8a5e-7f5c-4f0e-9d62-7a4c1c9b2f10';
const nothing: Found = { workers: [], worktrees: [], attempts: [], tasks: [], trash: [] };
const look = (
  found: Partial<Found>,
  records: { attempts?: ReturnType<typeof sampleAttempt>[]; tasks?: ReturnType<typeof sampleTask>[]; busy?: number[] },
) =>
  leftovers({ found: { ...nothing, ...found }, attempts: records.attempts ?? [], tasks: records.tasks ?? [], busy: new Set(records.busy) });

test('whose a folder may be is asked by its key, whatever id follows', () => {
  const found: Found = {
    workers: [{ place: 'local', marker: 'any words', pids: [1] }],
    worktrees: ['7-t3.1-2', '9-AUTH-12.1-3', 'my-notes', '9-other', '12-feature_x-1'],
    attempts: [id, 'keep'],
    tasks: ['7-t3.1', '8-t4', '10-my_own-4', 'x-t4', '11-notes', `trial-${id}`],
    trash: [id],
  };
  expect(recordsOf(found)).toEqual({ attempts: ['any words', id], tasks: [7, 9, 12, 8, 10, 11] });
});

test('processes: of closed attempts only', () => {
  const found = { workers: [{ place: 'local', marker: id, pids: [5, 6] }] };
  expect(look(found, { attempts: [sampleAttempt({ id, state: 'closed' })] })).toEqual([
    { kind: 'processes', place: 'local', attempt: id, pids: [5, 6], why: 'attempt 1 of t1 is closed' },
  ]);
  expect(look(found, { attempts: [sampleAttempt({ id, state: 'running' })] })).toEqual([]);
  // It belongs to another home, or to nobody: we must not end it.
  expect(look(found, {})).toEqual([]);
});

test('worktrees: those beside the one that the record names, while no attempt is making one', () => {
  const task = sampleTask({ key: 7, id: 't3', site: { checkout: '/home/worktrees/7-t3-2' } });
  const found = { worktrees: ['7-t3-1', '7-t3-2', '7-t3-old', '7-t30-1', '8-t3-1', 'notes'] };
  expect(look(found, { tasks: [task] })).toEqual([{ kind: 'worktree', name: '7-t3-1', task, why: 't3 works in 7-t3-2' }]);
  expect(look(found, { tasks: [task], busy: [7] })).toEqual([]);
  expect(look(found, {})).toEqual([]);
  // A step of a pull request makes a checkout while it holds the task; one that was killed leaves it.
  const passing = { worktrees: ['7-t3-0'] };
  expect(look(passing, { tasks: [task] })).toEqual([{ kind: 'worktree', name: '7-t3-0', task, why: 't3 works in 7-t3-2' }]);
  expect(look(passing, { tasks: [task], busy: [7] })).toEqual([]);
  const none = sampleTask({ key: 7, id: 't3', site: null });
  expect(look(found, { tasks: [none] }).map((one) => one.why)).toEqual(['t3 has no worktree', 't3 has no worktree']);
});

test.each(['GH-12', 'feature/x', 'mañana'])('a task with the id %s, which its source chose, is found by its record', (chosen) => {
  const task = sampleTask({ key: 11, id: chosen, state: 'done', site: null });
  const name = taskFolderName(task);
  const found = { worktrees: [`${name}-1`, '11-notes', '11-notes-1'], tasks: [name, '11-notes'] };
  expect(look(found, { tasks: [task] })).toEqual([
    { kind: 'worktree', name: `${name}-1`, task, why: `${chosen} has no worktree` },
    { kind: 'task folder', name, why: `${chosen} is done` },
  ]);
});

test('folders of attempts: those without a record', () => {
  expect(look({ attempts: [id, 'notes'] }, {})).toEqual([{ kind: 'attempt folder', name: id, why: 'there is no such attempt' }]);
  expect(look({ attempts: [id] }, { attempts: [sampleAttempt({ id })] })).toEqual([]);
});

test.each([
  ['done', null, 1],
  ['cancelled', null, 1],
  // It is removed together with its worktree.
  ['done', { checkout: '/w/1-t1-1' }, 0],
  ['blocked', null, 0],
  ['queued', null, 0],
] as const)('the folder of a %s task with the site %o', (state, site, count) => {
  const task = sampleTask({ state, site });
  expect(look({ tasks: ['1-t1', '1-t10'] }, { tasks: [task] })).toHaveLength(count);
  expect(look({ tasks: ['2-t1'] }, { tasks: [task] })).toEqual([]);
  expect(look({ tasks: ['1-t1'] }, { tasks: [task], busy: [1] })).toEqual([]);
});

test('what was moved away to be deleted and is still there; not what somebody else put beside it', () => {
  expect(look({ trash: [id, 'notes'] }, {})).toEqual([
    { kind: 'deleted folder', name: id, why: 'its deletion was interrupted or refused' },
  ]);
});
