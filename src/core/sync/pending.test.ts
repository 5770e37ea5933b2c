import { expect, it } from 'vitest';
import { noSnapshot } from './snapshot.ts';
import { aboutOf, pendingOf } from './pending.ts';
import type { Change } from './sync-plan.ts';
import type { Values } from './fields.ts';

const from = {} as Values;
const content = { title: '', body: '', state: 'open', reason: null, labels: [], assignees: [] } as const;
const wrote = {
  do: 'write-issue',
  task: 't1',
  number: 1,
  from: content,
  set: {},
  snapshot: noSnapshot,
  own: noSnapshot,
  values: {},
} as const;

it('tells each field once, in its direction', () => {
  const changes: readonly Change[] = [
    { do: 'move-task', task: 't1', to: 'queued', number: 1, by: null },
    { do: 'write-line', task: 't1', from, set: { title: 'x', mark: 'done', addTags: [], removeTags: [], ref: 1 } },
    { do: 'add-line', line: { id: 't3', title: '', tags: [], assignee: '', ref: 3, body: '' } },
    { do: 'depend', number: 1, on: 2, is: true },
    { do: 'set-parent', task: 't1', number: 1, from: null, to: 2 },
    { ...wrote, fields: ['title', 'tags'] },
    { ...wrote, fields: [] },
    { do: 'create-issue', task: 't4', content, snapshot: noSnapshot, values: {} },
    { do: 'comment', number: 1, id: null, text: '' },
  ];
  const numbers = new Map([
    ['t1', 1],
    ['t2', 2],
    ['t3', 3],
  ]);
  expect(pendingOf({ changes, numbers }).map(({ task, number, direction, field }) => `${task} ${number} ${direction} ${field}`)).toEqual([
    ...['t1 1 to-todo task', 't1 1 to-todo title', 't1 1 to-todo state', 't1 1 to-todo tags', 't1 1 to-todo ref', 't3 3 to-todo line'],
    ...['t1 1 to-issue blockedBy', 't1 1 to-issue parent', 't1 1 to-issue title', 't1 1 to-issue tags', 't1 1 to-issue ours'],
    't4 null to-issue issue',
  ]);
  expect(aboutOf({ change: { do: 'comment', number: 9, id: null, text: '' }, numbers })).toEqual({ task: '', number: 9 });
});
