import { describe, expect, it } from 'vitest';
import { because, sampleDelivery, sampleTask } from '../core.samples.ts';
import { samplePull, sampleRecord } from '../delivery/pull.samples.ts';
import type { Task } from '../task/task.ts';
import { sampleIssue, samplePolicy, sampleSyncTask, robot } from './sync-world.samples.ts';
import { writeIssueBody } from './issue-body.ts';
import { noSnapshot } from './snapshot.ts';
import { syncTaskOf, tasksFor } from './sync-task.ts';

const pulled = (state: 'open' | 'merged' | 'closed'): Partial<Task> => ({
  delivery: sampleDelivery({ commit: 'c', pull: sampleRecord({ seen: samplePull({ number: 7, state }) }) }),
});
const of = (more: Partial<Task>, last: Parameters<typeof syncTaskOf>[0]['last'] = null) => syncTaskOf({ task: sampleTask(more), last });

describe('the evidence that the work of a task has arrived', () => {
  it.each([
    ['a merged pull request', { state: 'done', ...pulled('merged') }, { pull: 7 }],
    ['a merged pull request that is not verified yet', { state: 'delivered', ...pulled('merged') }, null],
    ['a pull request that was closed', { state: 'done', ...pulled('closed') }, null],
    ['nothing had to change', { state: 'done', delivery: sampleDelivery({ commit: null, evidence: 'no change' }) }, { pull: null }],
    ['a branch that was pushed', { state: 'done', delivery: sampleDelivery({ commit: 'c', evidence: 'branch b at c' }) }, null],
    ['nothing is known', { state: 'done', delivery: null }, null],
  ] as const)('%s', (_, task, evidence) => {
    expect(of(task as Partial<Task>).evidence).toEqual(evidence);
  });
});

describe('a stored task', () => {
  it('has the tier of its last attempt, and that of the one whose work arrived', () => {
    const last = { tier: 'opus', arrived: true };
    expect(of({ state: 'queued' }, last)).toMatchObject({ dispatched: 'opus', implemented: null });
    expect(of({ state: 'delivered', ...pulled('open') }, last)).toMatchObject({ dispatched: 'opus', implemented: 'opus', pull: 7 });
    expect(of({ state: 'done' }, { tier: 'opus', arrived: false })).toMatchObject({ implemented: null, pull: null });
    expect(of({ state: 'running' })).toMatchObject({ dispatched: null, implemented: null });
  });

  it('failed its verification', () => {
    const why = { code: 'verify-failed', facts: { command: 'c', output: '' } } as const;
    expect(of({ state: 'blocked', reason: { code: 'pull', facts: { number: 7, why } } }).verifyFailed).toBe(true);
    const closed = { code: 'closed', facts: { by: null } } as const;
    expect(of({ state: 'blocked', reason: { code: 'pull', facts: { number: 7, why: closed } } }).verifyFailed).toBe(false);
    expect(of({ state: 'blocked', reason: because('x') }).verifyFailed).toBe(false);
  });
});

describe('a task that is not stored here', () => {
  const issue = (labels: readonly string[], more: { assigned?: string; assignees?: readonly string[]; number?: number } = {}) => {
    const { assigned = null, assignees = [], number = 1 } = more;
    const marker = { repo: 'acme/app', task: 't1', base: noSnapshot, assigned };
    const body = writeIssueBody({ body: { above: '', below: '', isWhole: false }, text: null, part: 'x', marker })!;
    return sampleIssue({ number, labels, assignees, body, revisions: [{ by: robot, at: 0, title: '', body }] });
  };
  const tasks = (issues: Parameters<typeof tasksFor>[0]['issues'], stored: Record<string, ReturnType<typeof sampleSyncTask>> = {}) => {
    const found = tasksFor({
      stored: new Map(Object.entries(stored)),
      issues,
      policy: samplePolicy,
      taskOf: (number) => (number === 2 ? 't2' : null),
    });
    return [[...found.tasks].map(([id, { state, verifyFailed }]) => `${id} ${state}${verifyFailed ? '!' : ''}`), [...found.byOthers]];
  };

  it.each([
    ['status:queued', 'queued'],
    ['Status:Claimed', 'running'],
    ['status:in-review', 'delivered'],
    ['status:blocked', 'blocked'],
    ['status:verify-failed', 'blocked!'],
  ])('is what the label %s says', (label, state) => {
    expect(tasks([issue(['bug', label])])).toEqual([[`t1 ${state}`], ['t1']]);
  });

  it('is left to others once it is done, and is nobody’s without a label', () => {
    expect(tasks([issue(['status:done'])])).toEqual([[], ['t1']]);
    expect(tasks([issue(['status:available']), issue([]), sampleIssue({ number: 3, labels: ['status:queued'] })])).toEqual([[], []]);
    expect(tasks([{ ...issue(['status:queued']), isPull: true }])).toEqual([[], []]);
    expect(tasks([sampleIssue({ number: 2, labels: ['status:queued'] })])).toEqual([['t2 queued'], ['t2']]);
  });

  it('is ours if it is stored, unless it only waits here and another machine works on it', () => {
    const queued = { t1: sampleSyncTask() };
    expect(tasks([issue(['status:claimed'])], queued)).toEqual([['t1 queued'], []]);
    const theirs = issue(['status:claimed'], { assigned: 'other', assignees: ['other'] });
    expect(tasks([theirs], queued)).toEqual([['t1 running'], ['t1']]);
    expect(tasks([theirs], { t1: sampleSyncTask({ state: 'running' }) })).toEqual([['t1 running'], []]);
    expect(tasks([issue(['status:claimed'], { assigned: 'yard', assignees: ['yard'] })], queued)).toEqual([['t1 queued'], []]);
    expect(tasks([issue(['status:claimed'], { assigned: 'other' })], queued)).toEqual([['t1 queued'], []]);
  });
});
