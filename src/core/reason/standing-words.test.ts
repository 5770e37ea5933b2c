import { describe, expect, it } from 'vitest';
import type { Attempt } from '../task/attempt.ts';
import { stopReasons, type StopReason } from '../task/stop.ts';
import { failureKinds, failureRule } from '../task/failure.ts';
import { standingOf } from '../task/standing.ts';
import type { RouteReason } from './route-reason.ts';
import { waitCodes, type Full, type QueuedStanding, type Wait } from './standing-reason.ts';
import { standingWords, waitText, type About, type StandingWords } from './standing-words.ts';
import { refusalCodes } from '../route/route.ts';
import { because, sampleAttempt, sampleChosen, sampleDelivery, sampleTask, sampleVerdict, sampleWait } from '../core.samples.ts';
import { inWords } from './said.ts';

interface Given extends Partial<Omit<About, 'task'>> {
  readonly standing?: QueuedStanding;
  readonly last?: Attempt | null;
  readonly orphaned?: boolean;
  readonly beyondReach?: string | null;
}

const explained = (more: Parameters<typeof sampleTask>[0], given: Given = {}): StandingWords => {
  const task = sampleTask({ id: 't7', ...more });
  const { standing: queued = { code: 'unlooked', facts: {} }, last = null, orphaned = false, beyondReach = null, ...about } = given;
  const standing = standingOf({ task, queued, last, orphaned, beyondReach });
  return standingWords(standing, { task, supervisors: new Set(), paused: [], signIn: null, ...about });
};
/** A step of a route with a text of its own. */
const step = (text: string): RouteReason => ({ code: 'legacy', facts: { text } });
const ended = (kind: Parameters<typeof sampleVerdict>[0]) => sampleAttempt({ state: 'closed', verdict: sampleVerdict(kind) });

describe('a queued task', () => {
  it.each([
    [[], 'no supervisor is running', 'start a supervisor', 'yardmaster run'],
    [
      ['run', 'pulse'],
      'a `yardmaster run` is running, which may not include this task',
      'start a supervisor that includes it',
      'yardmaster run --task t7',
    ],
    [['up', 'run'], 'a supervisor is running', 'the next pulse starts it', 'yardmaster pulse'],
  ] as const)('that could be started, with %j at work', (kinds, text, advice, command) => {
    const [supervisors, rest] = [new Set(kinds), { advice, command, until: null }];
    // The text says that a task is ready only if a route was computed.
    expect(explained({}, { supervisors })).toEqual({ text, ...rest });
    const standing = { code: 'startable', facts: sampleChosen } as const;
    expect(explained({}, { standing, supervisors })).toEqual({ text: `it is ready; ${text}`, ...rest });
  });

  const several = 'it waits for t1, t2: they have delivered branches that are not merged, and it can start from only one';
  // The reason for each wait, and what a person can do about it.
  const waits: Readonly<Record<Wait['code'], readonly [text: string, advice: string, command: string | null]>> = {
    'not-marked': [
      'it does not have the tag #auto-dispatch',
      'add #auto-dispatch to its line in TODO.md, or start it by its id',
      'yardmaster run --task t7',
    ],
    'line-gone': ['its line is no longer in TODO.md', 'put its line back into TODO.md, or cancel it', 'yardmaster cancel t7'],
    'line-unread': [
      'its line in TODO.md cannot be read',
      'correct its line in TODO.md; it goes on by itself after that',
      'yardmaster doctor',
    ],
    'batch-paused': ['batch night is paused', 'resume the batch', 'yardmaster batch resume night'],
    'batch-cancelled': ['batch night is cancelled', 'put it into another batch, or cancel it', 'yardmaster cancel t7'],
    'back-off': ['m', 'it is tried again by itself; a retry starts it at once', 'yardmaster retry t7'],
    'set-aside': [
      'its repository is set aside: m',
      'it is tried again by itself once its repository can be used; a retry tries it at once',
      'yardmaster retry t7',
    ],
    'several-branches': [several, 'it goes on once all of them but one are merged', 'yardmaster explain t1'],
    dependency: ['it waits for t1 (queued)', 'it goes on once these tasks are done', 'yardmaster explain t1'],
    attached: ['a person is working in its worktree', 'it goes on once that person leaves the session', null],
    clearing: ['its old worktree is being removed', 'it goes on by itself after that', null],
    following: ['its pull request is being worked on by Yardmaster itself', 'it goes on by itself after that', null],
  };
  it.each(waitCodes)('that waits: %s', (code) => {
    const [text, advice, command] = waits[code];
    const wait = sampleWait(code);
    const until = code === 'back-off' || code === 'set-aside' ? 5 : null;
    expect(explained({}, { standing: wait })).toEqual({ text, advice, command, until });
    expect(waitText(wait)).toBe(text);
  });

  it('that waits for several, of which one does not exist', () => {
    const on = (id: string, state: 'failed' | null) => ({ id, state });
    expect(explained({}, { standing: sampleWait('dependency', { on: [on('t3', 'failed'), on('t4', null)] }) })).toMatchObject({
      text: 'it waits for t3 (failed), t4 (no open task has this id: add one, or remove the id from blocked-by)',
      command: 'yardmaster explain t3',
    });
  });

  it('has a command even where the facts do not fit together', () => {
    for (const code of ['dependency', 'several-branches'] as const)
      expect(explained({}, { standing: sampleWait(code, { on: [] }) }).command).toBe('yardmaster explain t7');
  });
});

describe('a running task', () => {
  it.each([
    ['preparing', 'is being prepared', 'wait until its worker ends'],
    ['running', 'is running', 'wait until its worker ends'],
    ['settling', 'has ended; its work is being judged, checked and pushed', 'wait until that is done'],
    ['closed', 'is closed', 'wait until its worker ends'],
  ] as const)('whose attempt is %s', (state, doing, advice) => {
    expect(explained({ state: 'running' }, { last: sampleAttempt({ number: 2, state }) })).toEqual({
      text: `attempt 2 by ours with provider/model ${doing} (the only one; it’s there)`,
      advice,
      command: 'yardmaster logs t7 --follow',
      until: null,
    });
  });

  it('whose worker is being ended', () => {
    const last = sampleAttempt({ stop: { reason: 'stalled', said: { code: 'silent', facts: { time: 600_000 } }, until: null } });
    expect(explained({ state: 'running' }, { last }).text).toBe(
      'attempt 1 by ours with provider/model is running; it is being stopped: no output for 10 min (the only one; it’s there)',
    );
  });

  // What happens after each reason to end a worker. A new reason must be added here.
  const afterwards: Readonly<Record<StopReason, string>> = {
    cancelled: 'it is cancelled',
    lost: 'it is tried again',
    auth: 'another account or agent is tried',
    billing: 'another account or agent is tried',
    'usage-limit': 'another account is tried, or this one when it may be used again',
    'rate-limit': 'another account is tried, or this one when it may be used again',
    overloaded: 'the next model of its chain is tried, or it waits',
    backend: 'the next model of its chain is tried, or it waits',
    connection: 'it waits, and is tried again',
    request: 'it is blocked',
    budget: 'it is blocked',
    turns: 'it is tried again',
    refusal: 'it is tried again',
    'permission-denied': 'it is blocked',
    tools: 'it is blocked',
    misconfigured: 'it is blocked',
    output: 'it is tried again',
    stalled: 'it is tried again',
    'wall-time': 'it is tried again',
    killed: 'it is tried again',
    stopped: 'it is tried again',
    crashed: 'it is tried again',
    context: 'it is tried again',
    session: 'it is tried again',
    'never-started': 'it waits, and is tried again',
    'no-delivery': 'it is tried again',
    checks: 'it is tried again',
    submodule: 'it is tried again',
    untrusted: 'it is blocked',
    setup: 'it is blocked',
    'repository-away': 'it waits until its repository can be used again',
    worktree: 'it waits, and is tried again',
    leftovers: 'it waits, and is tried again',
    'secret-in-work': 'it is blocked',
    repository: 'it is blocked',
    'disk-full': 'it waits until its repository can be used again',
    'push-refused': 'it is blocked',
    'push-unreachable': 'it waits until its repository can be used again',
  };
  it.each(stopReasons)('whose worker is being ended, and what comes then: %s', (reason) => {
    const last = sampleAttempt({ stop: { reason, said: inWords('m'), until: null } });
    expect(explained({ state: 'running' }, { last }).advice).toBe(`wait until its worker ends; then ${afterwards[reason]}`);
  });

  it('whose work is being judged although it is cancelled', () => {
    const last = sampleAttempt({ state: 'settling', stop: { reason: 'cancelled', said: inWords('m'), until: null } });
    expect(explained({ state: 'running' }, { last }).advice).toBe('wait until that is done; then it is cancelled');
  });

  it('whose supervisor is gone', () => {
    const told = explained({ state: 'running' }, { last: sampleAttempt(), orphaned: true });
    expect(told.text).toMatch(/^attempt 1 by ours .*; its supervisor is gone$/);
    expect(told).toMatchObject({ advice: 'start a supervisor, which takes it over', command: 'yardmaster run' });
  });

  it('whose worker cannot be reached, whoever supervises here', () => {
    const told = explained({ state: 'running' }, { last: sampleAttempt(), orphaned: true, beyondReach: 'the host box' });
    expect(told.text).toMatch(/^attempt 1 by ours .*; its worker is on the host box, which cannot be reached from here$/);
    expect(told).toMatchObject({ advice: expect.stringContaining('run a supervisor that can reach it'), command: null });
  });

  it('whose attempt nobody finds', () => {
    expect(explained({ state: 'running' })).toEqual({
      text: 'a worker is working on it',
      advice: 'wait until its worker ends',
      command: 'yardmaster logs t7 --follow',
      until: null,
    });
  });
});

describe('a task whose work arrived', () => {
  it('is finished by the next pulse', () => {
    const told = {
      advice: 'the next pulse finishes it, unless it has open subtasks, which come first',
      command: 'yardmaster pulse',
      until: null,
    };
    expect(explained({ state: 'delivered', delivery: sampleDelivery({ evidence: 'branch b at c' }) })).toEqual({
      text: 'its work arrived: branch b at c',
      ...told,
    });
    expect(explained({ state: 'delivered', reason: because('pushed') })).toEqual({ text: 'its work arrived: pushed', ...told });
  });

  it('is done, and nothing advice it', () => {
    expect(explained({ state: 'done', delivery: sampleDelivery({ evidence: 'branch b at c' }) })).toEqual({
      text: 'branch b at c',
      advice: 'nothing to do: it is done',
      command: null,
      until: null,
    });
    expect(explained({ state: 'done', reason: because('delivered') }).text).toBe('delivered');
  });
});

describe('a task that was given up', () => {
  it('by a person', () => {
    expect(explained({ state: 'cancelled', reason: because('cancelled by a person') })).toEqual({
      text: 'cancelled by a person',
      advice: 'retry it if it is still needed',
      command: 'yardmaster retry t7',
      until: null,
    });
  });

  it.each(failureKinds)('for %s: the failure’s own advice', (kind) => {
    for (const state of ['blocked', 'failed'] as const) {
      const command = kind === 'untrusted' ? 'yardmaster trust --repo /repo' : 'yardmaster retry t7';
      const expected = { text: `${kind}: what happened`, advice: failureRule(kind).hint, command, until: null };
      expect(explained({ state, reason: because(`${kind}: what happened`) }, { last: ended(kind) })).toEqual(expected);
      expect(explained({ state, reason: because(`${kind}: what happened`) })).toEqual(expected);
    }
  });

  it('for a failure after another one: the advice of the one that the reason names', () => {
    expect(explained({ state: 'blocked', reason: because('push-refused: hook declined') }, { last: ended('auth') }).advice).toBe(
      failureRule('push-refused').hint,
    );
    expect(explained({ state: 'blocked', reason: because('setup: exit 1') }, { last: ended('work') }).advice).toBe(
      failureRule('setup').hint,
    );
  });

  it('because no account is left after a failure, which is told first: that failure’s advice', () => {
    const reason = because('auth: 401; no-account: not key by ours: it failed with auth');
    expect(explained({ state: 'blocked', reason }, { last: ended('auth') }).advice).toBe(failureRule('auth').hint);
    expect(explained({ state: 'blocked', reason }).advice).toBe(failureRule('auth').hint);
  });

  it('because an account is paused: that it has to be resumed, with which the task goes on', () => {
    const advice = 'top up the account; key is not used until somebody resumes it';
    const command = 'yardmaster accounts resume key';
    const reason = because('billing: no credit; no-account: not key by ours: it failed with billing');
    expect(explained({ state: 'blocked', reason }, { paused: ['other', 'key'] })).toMatchObject({ advice, command });
    expect(explained({ state: 'blocked', reason }, { paused: ['other'] })).toMatchObject({ command: 'yardmaster retry t7' });
    const none = explained(
      { state: 'blocked', reason: because('no-account: not key by ours: billing: x; not b by ours') },
      { paused: ['key', 'b'] },
    );
    expect(none.advice).toMatch(/^make an account usable; .*; key and b are not used until somebody resumes them$/);
    expect(none.command).toBe('yardmaster accounts resume key && yardmaster accounts resume b');
  });

  it('because a sign-in was refused: how its agent is signed in', () => {
    const told = explained({ state: 'blocked', reason: because('auth: 401') }, { signIn: 'run `ours login`' });
    expect(told).toMatchObject({ advice: 'run `ours login`', command: 'yardmaster retry t7' });
  });

  it('because no agent is left, and no failure is known: the reason', () => {
    for (const last of [null, sampleAttempt(), ended('work'), ended('cancelled')]) {
      expect(explained({ state: 'blocked', reason: because('no-agent: none serves it') }, { last }).advice).toMatch(
        /^install an agent that serves the model/,
      );
    }
  });

  it('for a reason of its own: that, whatever failed before', () => {
    const fix = 'fix the problem above, then try the task again';
    expect(explained({ state: 'blocked', reason: because('unknown-model: x') }, { last: ended('auth') }).advice).toBe(
      'use a tier, or a model as provider/model',
    );
    expect(explained({ state: 'blocked', reason: because('no-agents: x') }, { last: ended('auth') }).advice).toBe(fix);
    expect(explained({ state: 'blocked', reason: because('unknown-agent: agent "x" is not one of a, b') })).toMatchObject({
      text: 'unknown-agent: agent "x" is not one of a, b',
      advice: 'use the name of an existing agent; `yardmaster agents` lists all',
    });
    expect(explained({ state: 'failed', reason: because('given up') }, { last: ended('work') }).advice).toBe(fix);
    expect(explained({ state: 'failed', reason: because('given up') }, { last: sampleAttempt() }).advice).toBe(fix);
    expect(explained({ state: 'failed', reason: because('authors: unknown') }).advice).toBe(fix);
  });
});

describe('a task that could be started if there were room', () => {
  const busy = 'it starts when a worker';
  const mb = 2 ** 20;
  const full: readonly (readonly [Full, text: string, advice: string, command: string])[] = [
    [
      { code: 'every-place', facts: {} },
      'every place is full',
      `${busy} ends; to run more at once, raise supervisor.concurrency`,
      'yardmaster status',
    ],
    [
      { code: 'workers', facts: { limit: 3 } },
      'all 3 workers are busy',
      `${busy} ends; to run more at once, raise supervisor.concurrency`,
      'yardmaster status',
    ],
    [
      { code: 'host', facts: { limit: 3 } },
      'its host can run 3 workers at once, and all are busy',
      `${busy} on its host ends; to run more at once, set supervisor.concurrency to a number`,
      'yardmaster status',
    ],
    [
      { code: 'place', facts: { place: 'pool', limit: 3 } },
      'the place pool runs at most 3 workers at once, and all are busy',
      `${busy} in its place ends`,
      'yardmaster status',
    ],
    [
      { code: 'repository', facts: { limit: 3 } },
      'its repository has reached limits.perRepository (3)',
      `${busy} in its repository ends; to run more at once, raise limits.perRepository`,
      'yardmaster status',
    ],
    [
      { code: 'model', facts: { model: 'a/b', limit: 3 } },
      'a/b has reached limits.perModel (3)',
      `${busy} with its model ends; to run more at once, raise limits.perModel`,
      'yardmaster status',
    ],
    [
      { code: 'account', facts: { account: 'key', limit: 3 } },
      'key has reached limits.perAccount (3)',
      `${busy} on that account ends; to run more at once, raise limits.perAccount`,
      'yardmaster accounts',
    ],
    [
      { code: 'batch', facts: { batch: 'night', limit: 3 } },
      'batch night runs at most 3 at once',
      `${busy} of its batch ends`,
      'yardmaster batch show night',
    ],
    [
      { code: 'memory', facts: { needs: 650 * mb, spare: 1.4 * mb } },
      'one more worker needs 650 MB of memory, and only 1 MB are free',
      'it starts when a worker, or another program on this machine, frees memory',
      'yardmaster status',
    ],
  ];
  it.each(full)('because of $code', (facts, text, advice, command) => {
    const told = { text: `it is ready; ${text}`, advice, command, until: null };
    expect(explained({}, { standing: { code: 'full', facts } })).toEqual(told);
  });
});

describe('a task that cannot be started', () => {
  it.each(refusalCodes)('because it has no route: %s', (refused) => {
    const refusal = { refused, until: 9, model: 'provider/model', reasons: [step('this'), step('that')] };
    const told = explained({}, { standing: { code: 'refused', facts: refusal } });
    const command = refused === 'untrusted' ? 'yardmaster trust --repo /repo' : 'yardmaster route --task t7';
    expect(told).toMatchObject({ text: 'no route: this; that', until: 9, command });
    expect(explained({ state: 'blocked', reason: because(`${refused}: this`) }).advice).toBe(told.advice);
    const reason = { code: 'no-route', facts: { refused, route: refusal.reasons, after: null } } as const;
    expect(explained({ state: 'blocked', reason }).advice).toBe(told.advice);
  });

  it('because of a sign-in that is tried first', () => {
    const trial = { tried: 'plan', agent: 'ours', model: 'a/b', reasons: [] };
    expect(explained({}, { standing: { code: 'tried-first', facts: trial } })).toMatchObject({
      text: 'it is ready; the sign-in of plan is tried first',
      command: 'yardmaster accounts',
    });
  });

  it('because of what goes by itself: nothing that a person need do for the task', () => {
    const reason = { code: 'fault', facts: { code: 'place-unreachable', message: 'box does not answer', hint: 'look at it' } } as const;
    expect(explained({}, { standing: { code: 'hindered', facts: reason.facts } })).toMatchObject({
      text: 'it cannot be started now: place-unreachable: box does not answer (look at it)',
      advice: 'it is tried again by itself',
    });
  });

  it('because of what only a person can mend, which is told in the same words once it is blocked', () => {
    const fault = { code: 'fault', facts: { code: 'config', message: 'line 3 is wrong', hint: 'mend line 3' } } as const;
    const servers = { code: 'unknown-servers', facts: { problem: 'there is no server db' } } as const;
    const told = explained({}, { standing: { code: 'faulty', facts: fault.facts } });
    expect(told).toMatchObject({ text: 'it cannot be started: config: line 3 is wrong (mend line 3)', advice: 'mend line 3' });
    expect(explained({ state: 'blocked', reason: fault }).advice).toBe(told.advice);
    const without = explained({}, { standing: { code: 'without-servers', facts: servers.facts } });
    expect(without).toMatchObject({ text: 'it cannot be started: unknown-mcp: there is no server db', command: 'yardmaster retry t7' });
    expect(without.advice).toMatch(/^add a server of that name to mcp\.yaml/);
    expect(explained({ state: 'blocked', reason: servers }).advice).toBe(without.advice);
  });
});
