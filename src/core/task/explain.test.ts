import { describe, expect, it } from 'vitest';
import type { Attempt } from './attempt.ts';
import { stopReasons, type StopReason } from './stop.ts';
import { explain, sinceWhen, type ExplainFacts, type Explanation } from './explain.ts';
import { failureKinds, failureRule } from './failure.ts';
import type { RouteReason } from '../reason/route-reason.ts';
import { refusalCodes } from '../route/route.ts';
import { because, sampleAttempt, sampleChosen, sampleTask, sampleVerdict, sampleWait } from '../core.samples.ts';
import { waitReasons, type Waiting } from './schedule.ts';
import type { Full } from './standing.ts';
import { taskStates, type TaskState } from './task.ts';

const explained = (task: Parameters<typeof sampleTask>[0], more: Partial<Omit<ExplainFacts, 'task'>> = {}): Explanation =>
  explain({
    standing: { is: 'unlooked' },
    supervisors: new Set(),
    last: null,
    orphaned: false,
    beyondReach: null,
    paused: [],
    signIn: null,
    ...more,
    task: sampleTask({ id: 't7', ...task }),
  });
/** A step of a route with words of its own. */
const step = (text: string): RouteReason => ({ code: 'legacy', facts: { text } });
const ended = (kind: Parameters<typeof sampleVerdict>[0]) => sampleAttempt({ state: 'closed', verdict: sampleVerdict(kind) });

describe('a queued task', () => {
  it.each([
    [[], 'it is ready; no supervisor is at work', 'a supervisor', 'yardmaster run'],
    [
      ['run', 'pulse'],
      'it is ready; a `run` is at work, which may not look after this task',
      'a supervisor that looks after it',
      'yardmaster run --task t7',
    ],
    [['up', 'run'], 'it is ready; a supervisor is at work', 'the next pulse', 'yardmaster pulse'],
  ] as const)('that could be started, with %j at work', (kinds, why, moves, command) => {
    const told = { why, moves, command, until: null };
    for (const standing of [{ is: 'unlooked' }, { is: 'startable', route: sampleChosen }] as const)
      expect(explained({}, { standing, supervisors: new Set(kinds) })).toEqual(told);
  });

  // Every reason to wait, and what a person can do about it. A new reason has to be explained here.
  const reasons: Readonly<Record<Waiting['why'], readonly [moves: string, command: string | null]>> = {
    'not-marked': ['the tag #auto-dispatch on its line, or naming it', 'yardmaster run --task t7'],
    'line-gone': ['its line in TODO.md', 'yardmaster cancel t7'],
    'line-unread': ['its line in TODO.md, once that is mended', 'yardmaster doctor'],
    'batch-paused': ['resuming the batch', 'yardmaster batch resume night'],
    'batch-cancelled': ['another batch', 'yardmaster cancel t7'],
    'back-off': ['time; a retry starts it at once', 'yardmaster retry t7'],
    'set-aside': ['its repository, which is tried again by itself; a retry tries it at once', 'yardmaster retry t7'],
    dependency: ['the end of what it waits for', 'yardmaster explain t3'],
    attached: ['the end of the session that a person attached to', null],
    clearing: ['the end of that, by itself', null],
  };
  it.each(waitReasons)('that waits: %s', (why) => {
    const [moves, command] = reasons[why];
    const wait = sampleWait(why, { message: `because of ${why}`, until: 99, on: ['t3', 't4'] });
    expect(explained({ batch: 'night', blockedBy: ['t2', 't3', 't4'] }, { standing: { is: 'waiting', wait } })).toEqual({
      why: `because of ${why}`,
      moves,
      command,
      until: 99,
    });
  });

  it('has a command even where the facts do not fit together', () => {
    expect(explained({}, { standing: { is: 'waiting', wait: sampleWait('dependency') } }).command).toBe('yardmaster explain t7');
    expect(explained({}, { standing: { is: 'waiting', wait: sampleWait('batch-paused') } }).command).toBe('yardmaster batch resume ');
  });
});

describe('a running task', () => {
  it.each([
    ['preparing', 'is being prepared', 'the end of its worker'],
    ['running', 'is at work', 'the end of its worker'],
    ['settling', 'has ended; its work is being judged, checked and pushed', 'the end of that, by itself'],
    ['closed', 'is closed', 'the end of its worker'],
  ] as const)('whose attempt is %s', (state, doing, moves) => {
    expect(explained({ state: 'running' }, { last: sampleAttempt({ number: 2, state }) })).toEqual({
      why: `attempt 2 by ours with provider/model ${doing} (the only one; it’s there)`,
      moves,
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

  it('whose worker is being ended: and what comes then', () => {
    const after = (reason: StopReason): string =>
      explained({ state: 'running' }, { last: sampleAttempt({ stop: { reason, message: 'm', until: null } }) }).moves;
    expect(after('cancelled')).toBe('the end of its worker; then it is cancelled');
    const stop = { reason: 'cancelled', message: 'm', until: null } as const;
    const settling = sampleAttempt({ state: 'settling', stop });
    expect(explained({ state: 'running' }, { last: settling }).moves).toBe('the end of that, by itself; then it is cancelled');
    expect(after('stalled')).toBe('the end of its worker; then it is tried again');
    expect(after('lost')).toBe('the end of its worker; then it is tried again');
    expect(after('usage-limit')).toBe('the end of its worker; then another account is tried, or this one when it may be used again');
    expect(after('auth')).toBe('the end of its worker; then another account or agent is tried');
    expect(after('budget')).toBe('the end of its worker; then it is blocked');
    expect(after('overloaded')).toBe('the end of its worker; then the next model of its chain is tried, or it waits');
  });

  it('whose supervisor is gone', () => {
    const told = explained({ state: 'running' }, { last: sampleAttempt(), orphaned: true });
    expect(told.why).toMatch(/^attempt 1 by ours .*; its supervisor is gone$/);
    expect(told).toMatchObject({ moves: 'a supervisor that takes it over', command: 'yardmaster run' });
  });

  it('whose worker cannot be reached, whoever supervises here', () => {
    const told = explained({ state: 'running' }, { last: sampleAttempt(), orphaned: true, beyondReach: 'the host box' });
    expect(told.why).toMatch(/^attempt 1 by ours .*; its worker is on the host box, which cannot be reached from here$/);
    expect(told).toMatchObject({ moves: expect.stringContaining('a supervisor that reaches it'), command: null });
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
    expect(explained({ state: 'delivered', reason: because('pushed') })).toEqual({ why: 'its work arrived: pushed', ...told });
  });

  it('is done, and nothing moves it', () => {
    expect(explained({ state: 'done', evidence: 'branch b at c' })).toEqual({
      why: 'branch b at c',
      moves: 'nothing: it is done',
      command: null,
      until: null,
    });
    expect(explained({ state: 'done', reason: because('delivered') }).why).toBe('delivered');
  });
});

describe('a task that was given up', () => {
  it('by a person', () => {
    expect(explained({ state: 'cancelled', reason: because('cancelled by a person') })).toEqual({
      why: 'cancelled by a person',
      moves: 'a person',
      command: 'yardmaster retry t7',
      until: null,
    });
  });

  it.each(failureKinds)('for %s: the failure’s own advice', (kind) => {
    for (const state of ['blocked', 'failed'] as const) {
      const command = kind === 'untrusted' ? 'yardmaster trust --repo /repo' : 'yardmaster retry t7';
      const expected = { why: `${kind}: what happened`, moves: failureRule(kind).hint, command, until: null };
      expect(explained({ state, reason: because(`${kind}: what happened`) }, { last: ended(kind) })).toEqual(expected);
      expect(explained({ state, reason: because(`${kind}: what happened`) })).toEqual(expected);
    }
  });

  it('for a failure after another one: the advice of the one that the reason names', () => {
    expect(explained({ state: 'blocked', reason: because('push-refused: hook declined') }, { last: ended('auth') }).moves).toBe(
      failureRule('push-refused').hint,
    );
    expect(explained({ state: 'blocked', reason: because('setup: exit 1') }, { last: ended('work') }).moves).toBe(
      failureRule('setup').hint,
    );
  });

  it('because no account is left after a failure, which is told first: that failure’s advice', () => {
    const reason = because('auth: 401; no-account: not key by ours: it failed with auth');
    expect(explained({ state: 'blocked', reason }, { last: ended('auth') }).moves).toBe(failureRule('auth').hint);
    expect(explained({ state: 'blocked', reason }).moves).toBe(failureRule('auth').hint);
  });

  it('because an account is out: that it has to be taken in again, with which the task goes on', () => {
    const moves = 'top up the account; key is out until somebody takes it in again';
    const command = 'yardmaster accounts resume key';
    const reason = because('billing: no credit; no-account: not key by ours: it failed with billing');
    expect(explained({ state: 'blocked', reason }, { paused: ['other', 'key'] })).toMatchObject({ moves, command });
    expect(explained({ state: 'blocked', reason }, { paused: ['other'] })).toMatchObject({ command: 'yardmaster retry t7' });
    const none = explained(
      { state: 'blocked', reason: because('no-account: not key by ours: billing: x; not b by ours') },
      { paused: ['key', 'b'] },
    );
    expect(none.moves).toMatch(/^an account that can be used: .*; key and b are out until somebody takes them in again$/);
    expect(none.command).toBe('yardmaster accounts resume key && yardmaster accounts resume b');
  });

  it('because a sign-in was refused: how its agent is signed in', () => {
    const told = explained({ state: 'blocked', reason: because('auth: 401') }, { signIn: 'run `ours login`' });
    expect(told).toMatchObject({ moves: 'run `ours login`', command: 'yardmaster retry t7' });
  });

  it('because no agent is left, and no failure is known: the reason', () => {
    for (const last of [null, sampleAttempt(), ended('work'), ended('cancelled')]) {
      expect(explained({ state: 'blocked', reason: because('no-agent: none serves it') }, { last }).moves).toMatch(
        /^an agent that serves the model/,
      );
    }
  });

  it('for a reason of its own: that, whatever failed before', () => {
    expect(explained({ state: 'blocked', reason: because('unknown-model: x') }, { last: ended('auth') }).moves).toBe(
      'a tier, or a model as provider/model',
    );
    expect(explained({ state: 'blocked', reason: because('no-agents: x') }, { last: ended('auth') }).moves).toBe(
      'a person who fixes the problem above, and then tries the task again',
    );
    expect(explained({ state: 'blocked', reason: because('unknown-agent: agent "x" is not one of a, b') })).toMatchObject({
      why: 'unknown-agent: agent "x" is not one of a, b',
      moves: 'the name of an agent that there is; `yardmaster agents` lists them',
    });
    expect(explained({ state: 'failed', reason: because('given up') }, { last: ended('work') }).moves).toBe(
      'a person who fixes the problem above, and then tries the task again',
    );
    expect(explained({ state: 'failed', reason: because('given up') }, { last: sampleAttempt() }).moves).toBe(
      'a person who fixes the problem above, and then tries the task again',
    );
    expect(explained({ state: 'failed', reason: because('authors: unknown') }).moves).toBe(
      'a person who fixes the problem above, and then tries the task again',
    );
  });
});

describe('a task that could be started if there were room', () => {
  const full: Readonly<Record<Full['cap'], readonly [moves: string, command: string]>> = {
    workers: ['the end of a worker, or a higher supervisor.concurrency', 'yardmaster status'],
    host: ['the end of a worker on its host, or a number as supervisor.concurrency', 'yardmaster status'],
    place: ['the end of a worker in its place', 'yardmaster status'],
    repository: ['the end of a worker of its repository, or a higher limits.perRepository', 'yardmaster status'],
    model: ['the end of a worker with its model, or a higher limits.perModel', 'yardmaster status'],
    account: ['the end of a worker on that account, or a higher limits.perAccount', 'yardmaster accounts'],
    batch: ['the end of a worker of its batch', 'yardmaster batch show night'],
    memory: ['memory: the end of a worker, or of something else on this machine', 'yardmaster status'],
  };
  it.each(Object.entries(full))('because of %s', (cap, [moves, command]) => {
    const standing = { is: 'full', full: { cap: cap as Full['cap'], message: 'the reason' } } as const;
    expect(explained({ batch: 'night' }, { standing })).toEqual({ why: 'it is ready; the reason', moves, command, until: null });
  });

  it('has a command even where the facts do not fit together', () => {
    const standing = { is: 'full', full: { cap: 'batch', message: 'm' } } as const;
    expect(explained({}, { standing }).command).toBe('yardmaster batch show ');
  });
});

describe('a task that cannot be started', () => {
  it.each(refusalCodes)('because it has no route: %s', (refused) => {
    const refusal = { refused, until: 9, model: 'provider/model', reasons: [step('this'), step('that')] };
    const told = explained({}, { standing: { is: 'refused', refusal } });
    const command = refused === 'untrusted' ? 'yardmaster trust --repo /repo' : 'yardmaster route --task t7';
    expect(told).toMatchObject({ why: 'no route: this; that', until: 9, command });
    expect(explained({ state: 'blocked', reason: because(`${refused}: this`) }).moves).toBe(told.moves);
    const reason = { code: 'no-route', facts: { refused, route: refusal.reasons, after: null } } as const;
    expect(explained({ state: 'blocked', reason }).moves).toBe(told.moves);
  });

  it('because of a sign-in that is tried first', () => {
    const trial = { tried: 'plan', agent: 'ours', model: 'a/b', reasons: [] };
    expect(explained({}, { standing: { is: 'tried-first', trial } })).toMatchObject({
      why: 'it is ready; the sign-in of plan is tried first',
      command: 'yardmaster accounts',
    });
  });

  it('because of what goes by itself: nothing that a person need do for the task', () => {
    const reason = { code: 'fault', facts: { code: 'place-unreachable', message: 'box does not answer', hint: 'look at it' } } as const;
    expect(explained({}, { standing: { is: 'hindered', reason } })).toMatchObject({
      why: 'it cannot be started now: place-unreachable: box does not answer (look at it)',
      moves: 'the next try, which is made by itself',
    });
  });

  it('because of what only a person can mend, which is told in the same words once it is blocked', () => {
    const fault = { code: 'fault', facts: { code: 'config', message: 'line 3 is wrong', hint: 'mend line 3' } } as const;
    const servers = { code: 'unknown-servers', facts: { problem: 'there is no server db' } } as const;
    const told = explained({}, { standing: { is: 'faulty', reason: fault } });
    expect(told).toMatchObject({ why: 'it cannot be started: config: line 3 is wrong (mend line 3)', moves: 'mend line 3' });
    expect(explained({ state: 'blocked', reason: fault }).moves).toBe(told.moves);
    const without = explained({}, { standing: { is: 'without-servers', reason: servers } });
    expect(without).toMatchObject({ why: 'it cannot be started: unknown-mcp: there is no server db', command: 'yardmaster retry t7' });
    expect(without.moves).toMatch(/^a server of that name in mcp\.yaml/);
    expect(explained({ state: 'blocked', reason: servers }).moves).toBe(without.moves);
  });
});

describe('since when', () => {
  const since = (state: TaskState, last: Attempt | null, changedAt: number | null): number =>
    sinceWhen({ task: sampleTask({ state, createdAt: 1 }), last, changedAt });

  it('the last change of its state, or when it was added', () => {
    expect(since('queued', null, null)).toBe(1);
    expect(since('blocked', sampleAttempt({ startedAt: 5 }), 7)).toBe(7);
  });

  it('the start of the attempt of a running one', () => {
    expect(since('running', sampleAttempt({ startedAt: 5 }), 4)).toBe(5);
    expect(since('running', null, 4)).toBe(4);
  });
});

describe('every reason of the closed lists is explained', () => {
  const blocked = (reason: string): Explanation => explained({ state: 'blocked', reason: because(`${reason}: m`) });
  const all: readonly (readonly [string, Explanation])[] = [
    ...taskStates.map((state) => [state, explained({ state, reason: because('r') })] as const),
    ...waitReasons.map((why) => [why, explained({ batch: 'b' }, { standing: { is: 'waiting', wait: sampleWait(why) } })] as const),
    ...refusalCodes.map((refused) => {
      const refusal = { refused, until: null, model: null, reasons: [step('m')] };
      return [refused, explained({}, { standing: { is: 'refused', refusal } })] as const;
    }),
    ...refusalCodes.map((refused) => [`blocked by ${refused}`, blocked(refused)] as const),
    ...failureKinds.map((kind) => [`blocked by ${kind}`, blocked(kind)] as const),
    ...stopReasons.map((reason) => {
      const last = sampleAttempt({ stop: { reason, message: 'm', until: null } });
      return [`stopped for ${reason}`, explained({ state: 'running' }, { last })] as const;
    }),
  ];
  // A done task is not to be moved; of the others the first ends with a session that a person sits in, the second by itself.
  const without = ['done', 'attached', 'clearing'];

  it.each(all)('%s', (name, { why, moves, command }) => {
    expect(why).not.toBe('');
    // Generic advice is for reasons outside of the lists.
    if (name.includes(' ')) expect(moves).not.toBe('a person who fixes the problem above, and then tries the task again');
    expect(moves).not.toBe('');
    if (without.includes(name)) expect(command).toBeNull();
    else expect(command).toMatch(/^yardmaster [a-z]+/);
  });

  it('whatever else is known of the task', () => {
    for (const state of taskStates)
      for (const last of [null, sampleAttempt(), ...failureKinds.map(ended)])
        expect(explained({ state, reason: because('r') }, { last })).toMatchObject({
          why: expect.stringMatching(/./),
          moves: expect.stringMatching(/./),
        });
  });
});
