import { expect, test } from 'vitest';
import { sampleDelivery, sampleTask } from '../core.samples.ts';
import { isStartable } from '../task/task.ts';
import { answerOf, isComplete, openedPull, type Delivery } from './delivery.ts';
import { mergedEvidence } from './merged-evidence.ts';
import { sampleAnswer, samplePlan, sampleRecord } from './pull.samples.ts';

const record = sampleRecord();
const answering = sampleRecord({ answer: sampleAnswer() });
const finished = sampleRecord({ finished: true });

test.each<readonly [what: string, pull: Delivery['pull'], complete: boolean, startable: boolean]>([
  ['without a pull request', null, true, false],
  ['whose pull request is to be opened', samplePlan, false, false],
  ['whose pull request is open', record, false, false],
  ['that is to answer for its pull request', answering, false, true],
  ['whose pull request needs nothing more', finished, true, false],
])('delivered work %s', (_, pull, complete, startable) => {
  const delivery = sampleDelivery({ pull });
  expect(isComplete(delivery)).toBe(complete);
  expect(openedPull(delivery)).toBe(pull?.seen == null ? null : pull);
  expect(answerOf({ delivery })).toBe(startable ? answering.answer : null);
  expect(isStartable(sampleTask({ state: 'delivered', delivery }))).toBe(startable);
  expect(isStartable(sampleTask({ state: 'queued', delivery }))).toBe(true);
  // What blocked it is a person's.
  expect(isStartable(sampleTask({ state: 'blocked', delivery }))).toBe(false);
});

test('a task without a delivery has no pull request', () => {
  expect([isComplete(null), openedPull(null), answerOf({ delivery: null })]).toEqual([true, null, null]);
});

test('the evidence of a merge: what is known of it', () => {
  const evidence = (more: Parameters<typeof sampleRecord>[0]): string => mergedEvidence(sampleRecord(more));
  const seen = { state: 'merged', mergedCommit: '0123456789abcdef', endedBy: 'ada' } as const;
  const verified = { commit: 'm1', at: 1, failed: null };
  expect(evidence({ seen: { state: 'merged' } })).toBe('pull request #7 was merged into main');
  expect(evidence({ seen })).toBe('pull request #7 was merged into main as 0123456789ab by ada');
  expect(evidence({ seen: { ...seen, endedBy: null }, verified })).toBe(
    'pull request #7 was merged into main as 0123456789ab, and what was merged is verified',
  );
  // Nobody asks for the verification any more, which does not make it a success.
  expect(evidence({ seen: { state: 'merged' }, verified: { ...verified, failed: { command: 'npm test', output: '' } } })).toBe(
    'pull request #7 was merged into main',
  );
});
