import { describe, expect, it } from 'vitest';
import { explain, type ExplainFacts, type Explanation } from './explain.ts';
import { failureKinds, failureRule } from './failure.ts';
import { sampleAttempt, sampleTask, sampleVerdict, sampleWait } from './samples.testsuite.ts';
import { waitReasons, type Waiting } from './schedule.ts';
import { taskStates } from './task.ts';

const explained = (task: Parameters<typeof sampleTask>[0], more: Partial<Omit<ExplainFacts, 'task'>> = {}): Explanation =>
  explain({ wait: null, last: null, ...more, task: sampleTask({ id: 't7', ...task }) });
const ended = (kind: Parameters<typeof sampleVerdict>[0]) => sampleAttempt({ state: 'closed', verdict: sampleVerdict(kind) });

describe('a queued task', () => {
  it('that is ready wants a supervisor', () => {
    expect(explained({})).toEqual({
      why: 'it is ready to be dispatched',
      moves: 'a supervisor with a free slot',
      command: 'yardmaster run',
      until: null,
    });
  });

  // Every reason to wait, and what a person can do about it. A new reason has to be explained here.
  const reasons: Readonly<Record<Waiting['why'], readonly [moves: string, command: string]>> = {
    'not-marked': ['the tag #auto-dispatch on its line, or naming it', 'yardmaster run --task t7'],
    'line-gone': ['its line in TODO.md', 'yardmaster cancel t7'],
    'batch-paused': ['resuming the batch', 'yardmaster batch resume night'],
    'batch-cancelled': ['another batch', 'yardmaster cancel t7'],
    'back-off': ['time; a retry starts it at once', 'yardmaster retry t7'],
    dependency: ['the end of what it waits for', 'yardmaster explain t3'],
  };
  it.each(waitReasons)('that waits: %s', (why) => {
    const [moves, command] = reasons[why];
    const wait = sampleWait(why, { message: `because of ${why}`, until: 99, on: ['t3', 't4'] });
    expect(explained({ batch: 'night', blockedBy: ['t2', 't3', 't4'] }, { wait })).toEqual({
      why: `because of ${why}`,
      moves,
      command,
      until: 99,
    });
  });

  it('has every reason explained', () => {
    expect(Object.keys(reasons).toSorted()).toEqual([...waitReasons].toSorted());
  });

  it('has a command even where the facts do not fit together', () => {
    expect(explained({}, { wait: sampleWait('dependency') }).command).toBe('yardmaster explain t7');
    expect(explained({}, { wait: sampleWait('batch-paused') }).command).toBe('yardmaster batch resume ');
  });
});

describe('a running task', () => {
  it.each([
    ['preparing', 'attempt 2 by ours with provider/model is being prepared (the only one; it’s there)'],
    ['running', 'attempt 2 by ours with provider/model is at work (the only one; it’s there)'],
    ['settling', 'attempt 2 by ours with provider/model has ended and is being judged (the only one; it’s there)'],
    ['closed', 'attempt 2 by ours with provider/model is closed (the only one; it’s there)'],
  ] as const)('whose attempt is %s', (state, why) => {
    expect(explained({ state: 'running' }, { last: sampleAttempt({ number: 2, state }) })).toEqual({
      why,
      moves: 'the end of its worker',
      command: 'yardmaster logs t7 --follow',
      until: null,
    });
  });

  it('whose worker is being ended', () => {
    const last = sampleAttempt({ stop: { reason: 'stalled', message: 'no output for 10 min', until: null } });
    expect(explained({ state: 'running' }, { last }).why).toBe(
      'attempt 1 by ours with provider/model is at work; it is being stopped: no output for 10 min (the only one; it’s there)',
    );
  });

  it('whose attempt nobody finds', () => {
    expect(explained({ state: 'running' })).toEqual({
      why: 'it is being worked on',
      moves: 'the end of its worker',
      command: 'yardmaster logs t7 --follow',
      until: null,
    });
  });
});

describe('a task whose work arrived', () => {
  it('is finished by the next pulse', () => {
    const told = { moves: 'the next pulse finishes it, or the end of its open subtasks', command: 'yardmaster pulse', until: null };
    expect(explained({ state: 'delivered', evidence: 'branch b at c' })).toEqual({ why: 'its work arrived: branch b at c', ...told });
    expect(explained({ state: 'delivered', reason: 'pushed' })).toEqual({ why: 'its work arrived: pushed', ...told });
  });

  it('is done, and nothing moves it', () => {
    expect(explained({ state: 'done', evidence: 'branch b at c' })).toEqual({
      why: 'branch b at c',
      moves: 'nothing: it is done',
      command: null,
      until: null,
    });
    expect(explained({ state: 'done', reason: 'delivered' }).why).toBe('delivered');
  });
});

describe('a task that was given up', () => {
  it('by a person', () => {
    expect(explained({ state: 'cancelled', reason: 'cancelled by a person' })).toEqual({
      why: 'cancelled by a person',
      moves: 'a person',
      command: 'yardmaster retry t7',
      until: null,
    });
  });

  it.each(failureKinds)('for %s: the failure’s own advice', (kind) => {
    for (const state of ['blocked', 'failed'] as const) {
      const expected = { why: `${kind}: what happened`, moves: failureRule(kind).hint, command: 'yardmaster retry t7', until: null };
      expect(explained({ state, reason: `${kind}: what happened` }, { last: ended(kind) })).toEqual(expected);
      expect(explained({ state, reason: `${kind}: what happened` })).toEqual(expected);
    }
  });

  it('for a failure after another one: the advice of the one that the reason names', () => {
    expect(explained({ state: 'blocked', reason: 'push-refused: hook declined' }, { last: ended('auth') }).moves).toBe(
      failureRule('push-refused').hint,
    );
    expect(explained({ state: 'blocked', reason: 'setup: exit 1' }, { last: ended('work') }).moves).toBe(failureRule('setup').hint);
  });

  it('because no agent is left after a failure: that failure’s advice', () => {
    expect(explained({ state: 'blocked', reason: 'no-agent: not ours: it failed with auth' }, { last: ended('auth') }).moves).toBe(
      failureRule('auth').hint,
    );
  });

  it('because no agent is left, and no failure is known: the reason', () => {
    for (const last of [null, sampleAttempt(), ended('work'), ended('cancelled')]) {
      expect(explained({ state: 'blocked', reason: 'no-agent: none serves it' }, { last }).moves).toBe('mend what the reason names');
    }
  });

  it('for a reason of its own: that, whatever failed before', () => {
    expect(explained({ state: 'blocked', reason: 'unknown-model: x' }, { last: ended('auth') }).moves).toBe('mend what the reason names');
    expect(explained({ state: 'blocked', reason: 'no-agents: x' }, { last: ended('auth') }).moves).toBe('mend what the reason names');
    expect(explained({ state: 'blocked', reason: 'unknown-agent: agent "x" is not one of a, b' })).toMatchObject({
      why: 'unknown-agent: agent "x" is not one of a, b',
      moves: 'mend what the reason names',
    });
    expect(explained({ state: 'failed', reason: 'given up' }, { last: ended('work') }).moves).toBe('mend what the reason names');
    expect(explained({ state: 'failed', reason: 'given up' }, { last: sampleAttempt() }).moves).toBe('mend what the reason names');
    expect(explained({ state: 'failed', reason: 'authors: unknown' }).moves).toBe('mend what the reason names');
  });
});

it.each(taskStates)('a task that is %s is told why, and what moves it', (state) => {
  for (const last of [null, sampleAttempt(), ...failureKinds.map(ended)]) {
    for (const why of [null, ...waitReasons]) {
      const told = explained({ state, reason: 'r' }, { last, wait: why === null ? null : sampleWait(why) });
      expect(told.why).not.toBe('');
      expect(told.moves).not.toBe('');
      if (state !== 'done') expect(told.command).toMatch(/^yardmaster [a-z]+/);
    }
  }
});
