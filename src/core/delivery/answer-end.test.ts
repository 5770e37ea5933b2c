import { expect, test } from 'vitest';
import { because } from '../core.samples.ts';
import type { Decision } from '../task/decide.ts';
import { afterAnswer } from './answer-end.ts';
import { sampleAnswer, sampleRecord, sampleStored } from './pull.samples.ts';

const record = sampleRecord({
  answer: sampleAnswer({ kind: 'review', items: ['i1'] }),
  items: [sampleStored({ state: 'given' }), sampleStored({ id: 'i2', state: 'given' })],
});
const ended = (to: Decision['to']) => {
  const decision: Decision = { to, reason: because('r'), notBefore: 9, retries: 2 };
  const { decision: after, change } = afterAnswer({ decision, at: 20 });
  return { decision: after, record: change(record) };
};

test('a worker that found that nothing had to be changed has answered', () => {
  const { decision, record: after } = ended('delivered');
  expect(decision).toEqual({ to: 'delivered', reason: because('r'), notBefore: 9, retries: 2 });
  expect(after).toEqual({ ...record, answer: null, items: [sampleStored({ state: 'done' }), sampleStored({ id: 'i2', state: 'given' })] });
});

test('a worker that is tried again still has its work to do, after the back-off', () => {
  const { decision, record: after } = ended('queued');
  expect(decision).toEqual({ to: 'delivered', reason: because('r'), notBefore: 9, retries: 2 });
  expect(after).toBe(record);
});

test.each(['blocked', 'failed'] as const)('a worker whose task would be %s is not tried again, and its work stays delivered', (to) => {
  const { decision, record: after } = ended(to);
  expect(decision).toEqual({ to: 'delivered', reason: because('r'), notBefore: null, retries: 2 });
  expect(after).toEqual({ ...record, answer: null });
});

test('a person’s cancellation is stronger, and nothing counts as answered', () => {
  const { decision, record: after } = ended('cancelled');
  expect(decision).toMatchObject({ to: 'cancelled' });
  expect(after).toEqual({ ...record, answer: null });
});
