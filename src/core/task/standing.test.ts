import { describe, expect, it, test } from 'vitest';
import type { Refusal } from '../route/route.ts';
import { because, sampleAttempt, sampleChosen, sampleDelivery, sampleTask, sampleWait } from '../core.samples.ts';
import { sampleAnswer, samplePlan, sampleRecord } from '../delivery/pull.samples.ts';
import type { Attempt } from './attempt.ts';
import { taskStates, type TaskState } from './task.ts';
import type { QueuedStanding } from '../reason/standing-reason.ts';
import { queuedStanding, sinceWhen, standingOf, type Look } from './standing.ts';

const refusal = (refused: Refusal['refused'], until: number | null = null): Refusal => ({ refused, until, model: null, reasons: [] });
const trial = { tried: 'plan', agent: 'ours', model: 'a/b', reasons: [] };
const full = { code: 'memory', facts: { needs: 2, spare: 1 } } as const;
const fault = { code: 'config', message: 'line 3 is wrong', hint: 'mend it' } as const;
const away = { code: 'place-unreachable', message: 'box does not answer', hint: 'look at it' } as const;
const found = (more: Partial<Extract<Look, { route: unknown }>>): Look => ({ route: sampleChosen, servers: null, full: null, ...more });

const unknown = { code: 'without-servers', facts: { problem: 'there is no server db' } } as const;

/** In the order of the ladder: each rung decides, whatever the later ones say. */
test.each<[string, Look | null, QueuedStanding]>([
  ['nobody looked', null, { code: 'unlooked', facts: {} }],
  ['what goes by itself kept somebody from looking', { failed: away }, { code: 'hindered', facts: away }],
  ['nobody could look', { failed: fault }, { code: 'faulty', facts: fault }],
  ['every place is full', { busy: full }, { code: 'full', facts: full }],
  [
    'no trust, with servers that nobody knows',
    found({ route: refusal('untrusted'), servers: 'there is no server db' }),
    { code: 'refused', facts: refusal('untrusted') },
  ],
  ['servers that nobody knows, without a route', found({ route: refusal('no-agent'), servers: 'there is no server db' }), unknown],
  ['a sign-in that is not proved', found({ route: trial }), { code: 'tried-first', facts: trial }],
  ['no route', found({ route: refusal('no-agent') }), { code: 'refused', facts: refusal('no-agent') }],
  ['no route for now', found({ route: refusal('no-account', 9) }), { code: 'refused', facts: refusal('no-account', 9) }],
  ['a route without room', found({ full }), { code: 'full', facts: full }],
  ['a route and room', found({}), { code: 'startable', facts: sampleChosen }],
])('%s', (_, look, standing) => {
  expect(queuedStanding({ wait: null, look })).toEqual(standing);
  // A wait comes before all of these.
  const wait = sampleWait('dependency');
  expect(queuedStanding({ wait, look })).toEqual(wait);
});

test('what waits only for its time, and would have no route: that it has none', () => {
  const wait = sampleWait('back-off', { until: 9 });
  const none = refusal('no-account', 20);
  expect(queuedStanding({ wait, look: found({ route: none }) })).toEqual({ code: 'refused', facts: none });
  for (const look of [null, found({}), found({ route: trial }), found({ full }), { failed: fault }, { busy: full }])
    expect(queuedStanding({ wait, look })).toEqual(wait);
});

test('a task that is not queued: its state, and of a running one who works on it', () => {
  const of = (more: Partial<Parameters<typeof standingOf>[0]>) =>
    standingOf({
      ...{ task: sampleTask({ state: 'running' }), queued: unknown, last: null, orphaned: false, beyondReach: null },
      ...more,
    });
  expect(of({ task: sampleTask() })).toBe(unknown);
  expect(of({})).toEqual({ code: 'working', facts: { working: null } });
  const last = sampleAttempt({ number: 2 });
  const { agent, model, reasons } = last.route;
  const working = { attempt: 2, state: 'running', agent, model, route: reasons, stop: null };
  expect(of({ last })).toEqual({ code: 'working', facts: { working } });
  expect(of({ last, orphaned: true })).toEqual({ code: 'orphaned', facts: { working } });
  expect(of({ last, orphaned: true, beyondReach: 'box' })).toEqual({ code: 'beyond-reach', facts: { working, where: 'box' } });
  for (const state of taskStates.filter((one) => one !== 'queued' && one !== 'running')) {
    const reason = because('r');
    const arrived = sampleTask({ state, reason, delivery: sampleDelivery({ evidence: 'e' }) });
    expect(of({ task: arrived })).toEqual({ code: state, facts: { reason, evidence: 'e' } });
    expect(of({ task: sampleTask({ state, reason }) })).toEqual({ code: state, facts: { reason, evidence: null } });
  }
});

describe('a task whose work arrived', () => {
  const standing = (pull: NonNullable<ReturnType<typeof sampleTask>['delivery']>['pull']) =>
    standingOf({
      ...{ task: sampleTask({ state: 'delivered', delivery: sampleDelivery({ pull, evidence: 'e' }) }), queued: unknown, last: null },
      ...{ orphaned: false, beyondReach: null },
    });

  it('has its pull request opened', () => {
    expect(standing(samplePlan)).toEqual({ code: 'opening', facts: { repository: 'forge.test/acme/app' } });
  });

  it('is in review: where its pull request stood at the end of the last round', () => {
    const [number, url] = [7, 'https://forge.test/acme/app/pull/7'];
    const stands = { why: { code: 'ready-to-merge', facts: {} }, waitsFor: 'people', needsPerson: true } as const;
    expect(standing(sampleRecord({ stands }))).toEqual({ code: 'in-review', facts: { number, url, stands, wish: null } });
    const first = { why: { code: 'forge-computes', facts: {} }, waitsFor: 'forge', needsPerson: false };
    expect(standing(sampleRecord())).toEqual({ code: 'in-review', facts: { number, url, stands: first, wish: null } });
  });

  it('waits like a queued one for the worker that answers', () => {
    expect(standing(sampleRecord({ answer: sampleAnswer() }))).toBe(unknown);
  });

  it('is finished next once nothing is left to do about its pull request', () => {
    expect(standing(sampleRecord({ finished: true }))).toMatchObject({ code: 'delivered', facts: { evidence: 'e' } });
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
