import { describe, expect, test } from 'vitest';
import { actions, overruling, ruleOn, type Action } from './action.ts';
import { samplePlan, sampleRecord } from '../delivery/pull.samples.ts';
import { because, sampleAttempt, sampleDelivery, sampleTask, sampleVerdict } from '../core.samples.ts';
import { mayBecome, taskStates, type Task } from './task.ts';
import { inWords } from '../reason/said.ts';

const open = sampleAttempt({ id: 'a1', state: 'preparing', verdict: null });

describe('what is allowed', () => {
  test.each(taskStates)('of a task that is %s', (state) => {
    const task = sampleTask({ id: 't1', state, attempts: 3, retries: 2, notBefore: 9 });
    const attempts = state === 'running' ? [open] : [];
    const ruled = Object.fromEntries(actions.map((action) => [action, ruleOn({ action, task, attempts })]));
    const short = actions.map((action) => {
      const ruling = ruled[action]!;
      return ruling.ruled === 'moves' ? ruling.to : ruling.ruled;
    });
    expect(short).toEqual(
      {
        queued: ['cancelled', 'queued', 'queued'],
        running: ['stops', 'refused', 'refused'],
        delivered: ['refused', 'refused', 'queued'],
        done: ['refused', 'refused', 'queued'],
        blocked: ['cancelled', 'queued', 'queued'],
        failed: ['cancelled', 'queued', 'queued'],
        cancelled: ['refused', 'queued', 'queued'],
      }[state],
    );
    for (const ruling of Object.values(ruled)) {
      if (ruling.ruled === 'moves') expect(ruling.to === state || mayBecome(state, ruling.to)).toBe(true);
      if (ruling.ruled === 'refused') {
        expect(ruling.why).toContain(`t1 is ${state}`);
        expect(ruling.instead).toContain('yardmaster ');
      }
    }
  });
});

describe('of a task with a pull request', () => {
  const at = (pull: NonNullable<Task['delivery']>['pull'], more: Partial<Task> = {}): Task =>
    sampleTask({ id: 't1', state: 'delivered', attempts: 3, retries: 2, notBefore: 9, delivery: sampleDelivery({ pull }), ...more });
  const open7 = at(sampleRecord());
  const rule = (action: Action, task: Task) => ruleOn({ action, task, attempts: [] });

  test('a cancellation is allowed until it is merged and finished', () => {
    expect(rule('cancel', open7)).toMatchObject({ ruled: 'moves', to: 'cancelled', change: {} });
    expect(rule('cancel', at(samplePlan))).toMatchObject({ ruled: 'moves', to: 'cancelled' });
    expect(rule('cancel', at(sampleRecord({ finished: true })))).toMatchObject({ ruled: 'refused' });
  });

  test('a retry takes up what was given up about it', () => {
    const closed = { code: 'pull', facts: { number: 7, why: { code: 'closed', facts: { by: null } } } } as const;
    for (const task of [open7, at(sampleRecord(), { state: 'blocked', reason: closed })]) {
      const ruling = rule('retry', task);
      expect(ruling).toMatchObject({ ruled: 'moves', to: 'delivered', change: { notBefore: null, retries: 0, countFrom: 3 } });
      if (ruling.ruled !== 'moves') continue;
      const renewed = ruling.change.pull?.(sampleRecord({ rounds: { checks: 3, review: 3, conflict: 3 } }));
      expect(renewed).toEqual(sampleRecord());
      expect(ruling.to === task.state || mayBecome(task.state, ruling.to)).toBe(true);
    }
    // Another problem than the pull request blocked it.
    expect(rule('retry', at(sampleRecord(), { state: 'blocked', reason: because('billing: no money') }))).toMatchObject({ to: 'queued' });
  });

  test('a retry opens one that could not be opened, and leaves one alone that is to be opened', () => {
    const reason = { code: 'not-opened', facts: { message: 'its branch is gone', hint: 'push it' } } as const;
    expect(rule('retry', at(samplePlan, { state: 'blocked', reason }))).toMatchObject({ ruled: 'moves', to: 'delivered' });
    expect(rule('retry', at(samplePlan))).toMatchObject({ ruled: 'refused', why: 't1 is delivered, and its pull request is not open yet' });
  });

  test('a reset would open a second one beside it', () => {
    expect(rule('reset', open7)).toEqual({
      ruled: 'refused',
      why: 't1 has a pull request that is open: #7',
      instead:
        'yardmaster retry t1 goes on with it; yardmaster cancel t1 --close closes it, and after that, yardmaster reset t1 starts the task again from the beginning',
    });
    expect(rule('reset', at(samplePlan))).toMatchObject({ ruled: 'refused', why: 't1 has a pull request that is to be opened' });
    expect(rule('reset', at(sampleRecord({ finished: true })))).toMatchObject({ ruled: 'moves', to: 'queued', change: { delivery: null } });
  });

  test.each(['queued', 'blocked', 'failed', 'cancelled'] as const)('a reset of one that is %s has to wait until it is closed', (state) => {
    expect(rule('reset', at(sampleRecord(), { state }))).toMatchObject({ ruled: 'refused', why: 't1 has a pull request that is open: #7' });
    const closed = at(sampleRecord({ seen: { state: 'closed' } }), { state });
    expect(rule('reset', closed)).toMatchObject({ ruled: 'moves', to: 'queued', change: { delivery: null } });
  });

  test('a retry of a cancelled one goes on with it while it is open, and with another one once it is closed', () => {
    const pullAfter = (seen: Parameters<typeof sampleRecord>[0]) => {
      const ruling = rule('retry', at(sampleRecord(seen), { state: 'cancelled' }));
      return ruling.ruled === 'moves' ? ruling.change.pull?.(sampleRecord(seen)) : null;
    };
    expect(pullAfter({})).toBeUndefined();
    expect(pullAfter({ seen: { state: 'closed' } })).toEqual(samplePlan);
  });
});

test('what has arrived is told by its evidence, or by the reason where there is none', () => {
  const cancel = (evidence: string | null) =>
    ruleOn({
      action: 'cancel',
      task: sampleTask({ id: 't1', state: 'done', delivery: sampleDelivery({ evidence }), reason: because('merged') }),
      attempts: [],
    });
  const why = (text: string) => ({ why: `t1 is done, and it is too late to cancel it: ${text}` });
  expect(cancel('branch b, pushed')).toMatchObject(why('branch b, pushed'));
  expect(cancel(null)).toMatchObject(why('merged'));
});

test('a task with an open attempt is running, whatever its state says', () => {
  const task = sampleTask({ state: 'queued' });
  expect(ruleOn({ action: 'retry', task, attempts: [open] })).toMatchObject({ ruled: 'refused' });
  expect(ruleOn({ action: 'cancel', task, attempts: [open] })).toMatchObject({ ruled: 'stops', attempt: 'a1' });
});

test('a running task without an open attempt has no worker that would have to end first', () => {
  const task = sampleTask({ state: 'running' });
  expect(ruleOn({ action: 'cancel', task, attempts: [] })).toMatchObject({ ruled: 'moves', to: 'cancelled' });
});

test('what is forgotten: back-off, retries, earlier attempts, and for a reset what was delivered', () => {
  const task = sampleTask({ state: 'failed', attempts: 3, retries: 2, notBefore: 9 });
  const afresh = { notBefore: null, retries: 0, countFrom: 3 };
  expect(ruleOn({ action: 'retry', task, attempts: [] })).toMatchObject({ change: afresh });
  expect(ruleOn({ action: 'reset', task, attempts: [] })).toMatchObject({ change: { ...afresh, delivery: null } });
  expect(ruleOn({ action: 'cancel', task, attempts: [] })).toMatchObject({ change: {} });
});

test('a retry forgives the accounts that were refused since a person last tried, each once', () => {
  const refused = (number: number, account: string | null, kind: 'auth' | 'crashed' = 'auth') => {
    const { route } = sampleAttempt();
    return sampleAttempt({ number, state: 'closed', verdict: sampleVerdict(kind), route: { ...route, account } });
  };
  const attempts = [refused(1, 'old'), refused(2, 'new'), refused(3, 'new'), refused(4, null), refused(5, 'well', 'crashed')];
  const task = sampleTask({ state: 'blocked', attempts: 5, countFrom: 1 });
  expect(ruleOn({ action: 'retry', task, attempts })).toMatchObject({ forgiven: ['new'] });
  expect(ruleOn({ action: 'reset', task, attempts })).toMatchObject({ forgiven: [] });
});

test('a cancellation overrules every end but itself and work that has arrived', () => {
  const stop = { reason: 'cancelled', said: inWords('by a person'), until: null } as const;
  expect(overruling({ stop, verdict: 'crashed' })).toBe(stop);
  expect(overruling({ stop, verdict: 'no-change' })).toBe(stop);
  expect(overruling({ stop, verdict: 'work' })).toBeNull();
  expect(overruling({ stop, verdict: 'cancelled' })).toBeNull();
  expect(overruling({ stop: { ...stop, reason: 'stalled' }, verdict: 'stalled' })).toBeNull();
  expect(overruling({ stop: null, verdict: 'crashed' })).toBeNull();
});
