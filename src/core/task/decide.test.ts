import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, goesOnIn, movesAway, resting, type DecideFacts, type Decision } from './decide.ts';
import { failureKinds, failureRule, type FailureKind } from './failure.ts';
import type { FailureEnd, TaskReason } from '../reason/task-reason.ts';
import { inWords } from '../reason/said.ts';
import { saidText } from '../reason/said-words.ts';
import { textOf } from '../reason/words.ts';
import { nextTry } from './retry.ts';
import { sampleAttempt, sampleVerdict } from '../core.samples.ts';
import { mayBecome } from './task.ts';
import { hour, second } from '../time.ts';
import type { VerdictKind } from './verdict.ts';

type Kind = DecideFacts['verdict']['kind'];
type Given = Partial<Omit<DecideFacts, 'verdict'>> & { readonly until?: number | null };

const now = 1_000_000;
const decided = (kind: Kind, { until = null, ...more }: Given = {}): Decision =>
  decide({
    verdict: sampleVerdict(kind, { until }),
    before: [],
    retries: 0,
    maxRetries: 3,
    backoff: 30 * second,
    now,
    seed: 'a',
    chained: false,
    ...more,
  });
const backOff = (streak: number, until: number | null = null): number => nextTry({ now, base: 30 * second, streak, seed: 'a', until });

const failure = (kind: FailureKind, end: FailureEnd | null): TaskReason => ({
  code: 'failure',
  facts: { kind, said: inWords('what happened'), end },
});

describe('decide', () => {
  it('no change needed: delivered', () => {
    expect(decided('no-change', { retries: 2 })).toEqual({
      to: 'delivered',
      reason: { code: 'no-change', facts: { said: inWords('what happened') } },
      notBefore: null,
      retries: 2,
    });
  });

  it('cancelled: cancelled', () => {
    expect(decided('cancelled', { retries: 2 })).toEqual({
      to: 'cancelled',
      reason: { code: 'cancelled', facts: { said: inWords('what happened') } },
      notBefore: null,
      retries: 2,
    });
  });

  // The first time each failure happens to a task.
  const first: Readonly<Record<FailureKind, string>> = {
    auth: 'queued now',
    billing: 'queued now',
    'usage-limit': 'queued now',
    'rate-limit': 'queued now',
    overloaded: 'queued later',
    backend: 'queued later',
    connection: 'queued later',
    request: 'blocked',
    budget: 'blocked',
    turns: 'queued now, charged',
    refusal: 'queued now, charged',
    'permission-denied': 'blocked',
    misconfigured: 'blocked',
    output: 'queued now, charged',
    stalled: 'queued now, charged',
    'wall-time': 'queued now, charged',
    killed: 'queued now',
    stopped: 'queued now',
    crashed: 'queued now, charged',
    tools: 'blocked',
    context: 'queued now, charged',
    session: 'queued now, charged',
    'never-started': 'queued later',
    'no-delivery': 'queued now, charged',
    checks: 'queued now, charged',
    submodule: 'queued now, charged',
    untrusted: 'blocked',
    setup: 'blocked',
    'repository-away': 'queued now',
    worktree: 'queued later',
    repository: 'blocked',
    'push-refused': 'blocked',
    leftovers: 'queued later',
    'secret-in-work': 'blocked',
    'disk-full': 'queued now',
    'push-unreachable': 'queued now',
  };
  it.each(Object.entries(first))('%s: %s', (kind, expected) => {
    const { to, reason, notBefore, retries } = decided(kind as FailureKind);
    const when = to !== 'queued' ? '' : notBefore === null ? ' now' : ' later';
    expect(`${to}${when}${retries > 0 ? ', charged' : ''}`).toBe(expected);
    expect(reason).toEqual(failure(kind as FailureKind, null));
    expect(notBefore).toBe(when === ' later' ? backOff(1) : null);
  });

  it('a charged failure uses up the retries, and then the task has failed', () => {
    expect(decided('crashed', { retries: 2, before: ['crashed', 'crashed'] })).toMatchObject({ to: 'queued', retries: 3 });
    expect(decided('crashed', { retries: 3 })).toEqual({
      to: 'failed',
      reason: failure('crashed', { retries: 3 }),
      notBefore: null,
      retries: 3,
    });
    expect(decided('crashed', { retries: 1, maxRetries: 1 }).reason).toEqual(failure('crashed', { retries: 1 }));
    expect(decided('crashed', { maxRetries: 0 })).toMatchObject({
      to: 'failed',
      reason: failure('crashed', { retries: 0 }),
      retries: 0,
    });
  });

  it('an uncharged one does not, even when more were made than now are allowed', () => {
    expect(decided('rate-limit', { retries: 3, maxRetries: 1 })).toMatchObject({ to: 'queued', retries: 3 });
    expect(decided('stopped', { retries: 3, maxRetries: 0 })).toMatchObject({ to: 'queued', retries: 3 });
  });

  it('a bounded failure is answered so often and not once more', () => {
    expect(decided('no-delivery', { before: ['crashed'] })).toMatchObject({ to: 'queued', retries: 1 });
    expect(decided('no-delivery', { before: ['no-delivery', 'rate-limit'], retries: 1 })).toEqual({
      to: 'failed',
      reason: failure('no-delivery', { times: 2 }),
      notBefore: null,
      retries: 1,
    });
    expect(decided('submodule', { before: ['submodule'], retries: 1 })).toEqual({
      to: 'blocked',
      reason: failure('submodule', { times: 2 }),
      notBefore: null,
      retries: 1,
    });
    expect(decided('submodule', { maxRetries: 0 }).to).toBe('blocked');
    expect(decided('killed', { before: ['killed', 'killed'] }).to).toBe('queued');
    expect(decided('killed', { before: ['killed', 'crashed', 'killed', 'killed'] })).toMatchObject({
      to: 'failed',
      reason: failure('killed', { times: 4 }),
    });
  });

  it('the back-off grows over an outage, whichever faces it shows, and starts anew after something else', () => {
    expect(decided('overloaded', { before: ['overloaded', 'overloaded'] }).notBefore).toBe(backOff(3));
    expect(decided('backend', { before: ['overloaded', 'connection', 'backend', 'worktree'] }).notBefore).toBe(backOff(5));
    for (const other of ['crashed', 'killed', 'stopped', 'auth', 'rate-limit', 'usage-limit', 'no-change', 'work', 'cancelled'] as const) {
      expect(decided('backend', { before: ['backend', other] }).notBefore, other).toBe(backOff(1));
      expect(decided('backend', { before: [other, 'overloaded'] }).notBefore, other).toBe(backOff(2));
    }
  });

  it('a reset that the provider named is waited for', () => {
    expect(decided('overloaded', { until: now + 5 * hour }).notBefore).toBe(now + 5 * hour);
    // The limit belongs to an account, not to the task: another account may serve it at once.
    for (const kind of ['usage-limit', 'rate-limit'] as const)
      expect(decided(kind, { until: now + 5 * hour, before: [kind, kind] })).toMatchObject({ to: 'queued', notBefore: null, retries: 0 });
    expect(decided('crashed', { until: now + 5 * hour }).notBefore).toBeNull();
  });
});

it.each([
  ['work', false, false],
  ['no-change', false, false],
  ['cancelled', false, false],
  ['auth', true, true],
  ['billing', true, true],
  ['rate-limit', true, false],
  ['usage-limit', true, false],
  ['checks', true, false],
  ['never-started', false, false],
  ['refusal', false, false],
  ['tools', true, false],
  ['context', false, false],
  ['session', false, false],
] as const)('after %s a session goes on: %s, the route is left: %s', (kind, goesOn, leaves) => {
  const last = { ...sampleAttempt(), outOffset: 1 };
  expect(goesOnIn({ last, verdict: kind, next: last })).toBe(goesOn);
  expect(movesAway(kind)).toBe(leaves);
});

it.each([
  ['as it was', {}, {}, true],
  ['in another checkout', { worktree: '/other' }, {}, false],
  ['with another role', { role: 'reviewer' }, {}, false],
  ['by another agent', {}, { agent: 'other' }, false],
  ['by another provider', {}, { model: 'other/model' }, false],
  ['with another model of it', {}, { model: `${sampleAttempt().route.model}-2` }, true],
  ['in another place', {}, { place: 'pool' }, false],
  ['on another host', {}, { host: 'other' }, false],
] as const)('a session goes on %s', (_, more, route, goesOn) => {
  const last = { ...sampleAttempt(), outOffset: 1 };
  const next = { ...last, ...more, route: { ...last.route, ...route } };
  expect(goesOnIn({ last, verdict: 'killed', next })).toBe(goesOn);
  expect(goesOnIn({ last: { ...last, outOffset: 0 }, verdict: 'killed', next })).toBe(false);
  // Before hosts were stored, there was only one.
  const before = { ...last, route: { ...last.route, host: null } };
  expect(goesOnIn({ last: before, verdict: 'killed', next })).toBe(goesOn || 'host' in route);
});

it('a session that delivered its work goes on only to answer for that work', () => {
  const last = { ...sampleAttempt(), outOffset: 1 };
  const answering = { ...last, answer: 'review' } as const;
  for (const verdict of ['work', 'no-change', 'cancelled'] as const) {
    expect(goesOnIn({ last, verdict, next: last })).toBe(false);
    expect(goesOnIn({ last, verdict, next: answering })).toBe(true);
    expect(goesOnIn({ last: { ...last, worktree: '/other' }, verdict, next: answering })).toBe(false);
  }
  // A failure that spoils the session spoils it for an answer as well.
  for (const kind of failureKinds) expect(goesOnIn({ last, verdict: kind, next: answering })).toBe(failureRule(kind).resume);
});

describe('models that take turns', () => {
  it('an overload of one of a chain waits for nothing: routing takes the next, or says until when', () => {
    for (const kind of ['overloaded', 'backend'] as const)
      expect(decided(kind, { chained: true })).toMatchObject({ to: 'queued', notBefore: null, retries: 0 });
    expect(decided('connection', { chained: true }).notBefore).toBe(backOff(1));
  });

  it('each rests by itself, for longer each time in a row', () => {
    const attempt = (id: string, model: string, kind: VerdictKind, until: number | null = null) =>
      sampleAttempt({ id, route: { ...sampleAttempt().route, model }, verdict: sampleVerdict(kind, { until }), endedAt: now });
    const rests = (streak: number, seed: string, until: number | null = null): number =>
      nextTry({ now, base: 30 * second, streak, seed, until });
    const attempts = [
      attempt('1', 'a/x', 'overloaded'),
      attempt('2', 'a/x', 'crashed'),
      attempt('3', 'a/x', 'overloaded'),
      attempt('4', 'b/y', 'connection'),
      attempt('5', 'a/x', 'backend', now + hour),
    ];
    expect([...resting({ attempts, backoff: 30 * second, now })]).toEqual([
      ['a/x', rests(2, '5', now + hour)],
      ['b/y', rests(1, '4')],
    ]);
    expect([...resting({ attempts, backoff: 30 * second, now: now + hour - 1 }).keys()]).toEqual(['a/x']);
    expect(resting({ attempts, backoff: 30 * second, now: now + hour }).size).toBe(0);
    // The end of these attempts was written by a clock that was ten days ahead.
    expect(resting({ attempts, backoff: 30 * second, now: now - 240 * hour }).size).toBe(0);
    expect(resting({ attempts: attempts.slice(0, 2), backoff: 1, now }).size).toBe(0);
    expect(resting({ attempts: [sampleAttempt()], backoff: 1, now }).size).toBe(0);
    expect(resting({ attempts: [sampleAttempt({ verdict: sampleVerdict('overloaded') })], backoff: 1, now }).size).toBe(0);
  });
});

const anyKind = fc.constantFrom<Kind>('no-change', 'cancelled', ...failureKinds);
const anyFacts = fc.record({
  verdict: fc.record({
    kind: anyKind,
    said: fc.string({ minLength: 1 }).map(inWords),
    until: fc.option(fc.nat(4e12), { nil: null }),
    feedback: fc.constant(null),
  }),
  before: fc.array(fc.constantFrom<VerdictKind>('work', 'no-change', 'cancelled', ...failureKinds), { maxLength: 20 }),
  retries: fc.nat(6),
  maxRetries: fc.nat(5),
  backoff: fc.integer({ min: 1, max: 2 * hour }),
  now: fc.nat(2e12),
  seed: fc.string({ minLength: 1 }),
  chained: fc.boolean(),
});

/** The life of a task to which these things happen, one attempt after another, until the task is no longer queued. */
function live(given: { readonly kinds: readonly Kind[]; readonly maxRetries: number }): {
  readonly decisions: readonly Decision[];
  readonly kinds: readonly Kind[];
} {
  const decisions: Decision[] = [];
  for (const kind of given.kinds) {
    const before = given.kinds.slice(0, decisions.length);
    decisions.push(decided(kind, { before, retries: decisions.at(-1)?.retries ?? 0, maxRetries: given.maxRetries }));
    if (decisions.at(-1)!.to !== 'queued') break;
  }
  return { decisions, kinds: given.kinds.slice(0, decisions.length) };
}

describe('laws of the decision', () => {
  it('is a legal end of a running task, with a reason, and waits only where it says so', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const decision = decide(facts);
        const { kind } = facts.verdict;
        expect(mayBecome('running', decision.to)).toBe(true);
        expect(textOf(decision.reason)).toContain(saidText(facts.verdict.said));
        expect(decision.reason.facts).toMatchObject({ said: facts.verdict.said });
        if (decision.to !== 'queued') expect(decision).toMatchObject({ notBefore: null, retries: facts.retries });
        if (decision.notBefore === null) return;
        expect(['later', ...(facts.chained ? [] : ['instead'])]).toContain(failureRule(kind as FailureKind).next);
        expect(decision.notBefore).toBeGreaterThan(facts.now - 1);
        expect(decision.notBefore).toBeGreaterThanOrEqual(facts.verdict.until ?? 0);
      }),
      { numRuns: 500 },
    );
  });

  it('only a charged failure raises the count, by one, never over the limit', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const { to, retries } = decide(facts);
        const { kind } = facts.verdict;
        const charged = kind !== 'no-change' && kind !== 'cancelled' && failureRule(kind).charge;
        expect(retries).toBe(facts.retries + (charged && to === 'queued' ? 1 : 0));
        if (retries > facts.retries) expect(retries).toBeLessThanOrEqual(facts.maxRetries);
      }),
      { numRuns: 500 },
    );
  });

  it('over a whole life: charged failures at most maxRetries + 1, bounded ones at most so often + 1', () => {
    const kinds = fc.array(
      fc.oneof(fc.constantFrom<Kind>('crashed', 'stalled', 'checks', 'rate-limit', 'killed', 'no-delivery'), anyKind),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(kinds, fc.nat(5), (wanted, maxRetries) => {
        const life = live({ kinds: wanted, maxRetries });
        const failures = life.kinds.filter((kind) => kind !== 'no-change' && kind !== 'cancelled');
        expect(failures.filter((kind) => failureRule(kind).charge).length).toBeLessThanOrEqual(maxRetries + 1);
        for (const kind of failureKinds) {
          const { atMost, next } = failureRule(kind);
          const count = failures.filter((one) => one === kind).length;
          if (atMost !== null) expect(count).toBeLessThanOrEqual(atMost + 1);
          if (next === 'never') expect(count).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('an outage alone never ends a task', () => {
    const outage = fc.array(
      fc.constantFrom<Kind>(
        'usage-limit',
        'rate-limit',
        'overloaded',
        'backend',
        'connection',
        'push-unreachable',
        'auth',
        'billing',
        'stopped',
      ),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(outage, (kinds) => {
        const life = live({ kinds, maxRetries: 0 });
        expect(life.decisions.map(({ to }) => to)).toEqual(kinds.map(() => 'queued'));
        expect(life.decisions.at(-1)!.retries).toBe(0);
      }),
    );
  });
});
