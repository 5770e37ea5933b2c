import { describe, expect, it, test } from 'vitest';
import { answered, askedOf, observed, opened, saidOn, triedAgain, unanswered, unrecordedPush, updatePushed } from './pull-changes.ts';
import { checksAre, observedAt as at, samplePlan, samplePullFacts, samplePull, sampleRecord, sampleStored } from './pull.samples.ts';
import { nextStep } from './pull-request.ts';

test('a pull request that was opened: the head is ours, and nothing was asked or done yet', () => {
  const pull = samplePull();
  const record = opened({ plan: samplePlan, pull, head: 'h1', at });
  expect(record).toEqual(sampleRecord({ head: { commit: 'h1', by: 'us', at }, before: [], checks: null }));
  expect(record.seen).toBe(pull);
  expect(nextStep({ ...samplePullFacts(), record })).toMatchObject({ do: 'wait', for: 'forge' });
});

test('one that existed, and that a person pushed to since: their head is built upon', () => {
  const record = opened({ plan: samplePlan, pull: samplePull({ head: { ...samplePull().head, commit: 'p1' } }), head: 'h1', at });
  expect(nextStep({ ...samplePullFacts(), record })).toMatchObject({ do: 'adopt', head: 'p1' });
});

describe('what was observed', () => {
  const pull = samplePull({ review: 'approved' });
  const others = [{ author: 'eve', text: 'Nice', url: 'https://example.org', at }];
  const given = { pull, items: [sampleStored()], fresh: ['i1'], others, ejectedAt: 5, checks: checksAre([{ state: 'red' }]), at: at + 9 };

  it('takes the place of what was seen before', () => {
    expect(observed(sampleRecord({ fresh: ['i0'] }), given)).toEqual({
      ...sampleRecord(),
      ...{ seen: pull, items: [sampleStored()], fresh: ['i1'], others, ejectedAt: 5, checks: given.checks, observedAt: at + 9 },
    });
  });

  it('keeps the checks that were not asked for', () => {
    expect(observed(sampleRecord(), { ...given, checks: null }).checks).toEqual(checksAre([{}]));
  });
});

describe('a worker', () => {
  const items = [sampleStored(), sampleStored({ id: 'i2' })];
  const record = sampleRecord({ items, fresh: ['i1', 'i2'] });
  const asked = askedOf(record, { kind: 'review', feedback: 'rename it', items: ['i1'], at });

  it('that is asked uses up a round, and what it is given is never given again', () => {
    expect(asked).toEqual({
      ...record,
      answer: { kind: 'review', head: 'h1', feedback: 'rename it', items: ['i1'], at },
      rounds: { checks: 0, review: 1, conflict: 0 },
      fresh: ['i2'],
      items: [sampleStored({ state: 'given' }), items[1]],
    });
  });

  it('that pushed: the new head is ours, and what it was given waits for our answer', () => {
    expect(answered(asked, { commit: 'h2', at: at + 1 })).toEqual({
      ...asked,
      answer: null,
      head: { commit: 'h2', by: 'us', at: at + 1 },
      before: ['h0', 'h1'],
      items: [sampleStored({ state: 'done' }), items[1]],
    });
  });

  it('that changed nothing: the head stays, and what it was given waits for our answer', () => {
    expect(answered(asked, { commit: null, at: at + 1 })).toEqual({
      ...asked,
      answer: null,
      items: [sampleStored({ state: 'done' }), items[1]],
    });
  });

  it('that did the whole task again: its head is ours, and nothing was answered', () => {
    expect(answered(record, { commit: null, at })).toEqual(record);
    expect(answered(record, { commit: 'h2', at })).toEqual({ ...record, head: { commit: 'h2', by: 'us', at }, before: ['h0', 'h1'] });
  });

  it('that failed for good: what it was given stays given', () => {
    expect(unanswered(asked)).toEqual({ ...asked, answer: null });
  });
});

describe('an update of ours', () => {
  const pushing = { commit: 'h2', base: 'b2' };
  const shown = { seen: { head: { ...samplePull().head, commit: 'h2' } } };

  it('that arrived is the new head, and keeps its place in the line', () => {
    expect(updatePushed(sampleRecord({ pushing }), { commit: 'h2', at })).toEqual(
      sampleRecord({ head: { commit: 'h2', by: 'us', at }, before: ['h0', 'h1'], lineHead: 'h2' }),
    );
  });

  it('is known as ours although its supervisor died after the push', () => {
    expect(unrecordedPush(sampleRecord({ ...shown, pushing }))).toEqual(pushing);
  });

  it.each([
    ['nothing is being pushed', shown],
    ['the forge shows another head', { pushing }],
    ['it is recorded already', { ...shown, pushing, head: { commit: 'h2', by: 'us', at } }],
  ] as const)('needs no record if %s', (_, more) => expect(unrecordedPush(sampleRecord(more))).toBe(null));
});

test('what we answered at the forge, and nothing else', () => {
  const items = [sampleStored({ state: 'done' }), sampleStored({ id: 'i2', state: 'done' })];
  expect(saidOn(sampleRecord({ items }), ['i1']).items).toEqual([sampleStored({ state: 'answered' }), items[1]]);
});

describe('a person’s retry', () => {
  it('of a closed pull request opens another one', () => {
    expect(triedAgain(sampleRecord({ seen: { state: 'closed' } }))).toEqual(samplePlan);
  });

  it('forgets rounds, a refused merge and a failed verification', () => {
    const record = sampleRecord({
      rounds: { checks: 3, review: 0, conflict: 1 },
      verified: { commit: 'm1', at, failed: { command: 'c', output: '' } },
      mergeRefused: { head: 'h1', message: 'no', at },
    });
    expect(triedAgain(record)).toEqual(sampleRecord());
  });
});
