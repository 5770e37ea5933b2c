import { expect, test } from 'vitest';
import { noticeOf } from './notice.ts';
import { sampleTask } from './samples.testsuite.ts';

test.each([
  ['blocked', 'auth: the key was refused', 'blocked'],
  ['failed', 'crashed: it exited with 1 (after 3 retries)', 'failed'],
  ['blocked', 'budget: spent $5.0000 of $4.0000', 'budget'],
] as const)('a %s task needs a person: %s', (state, reason, kind) => {
  expect(noticeOf(sampleTask({ state, reason }))).toMatchObject({
    kind,
    task: 't1',
    message: `t1 is ${state}: ${reason}`,
    command: 'yardmaster explain t1',
  });
});

test.each(['queued', 'running', 'delivered', 'done', 'cancelled'] as const)('a %s task needs nobody', (state) => {
  expect(noticeOf(sampleTask({ state }))).toBeNull();
});

test('the same condition has the same key, and another one after a person acted', () => {
  const blocked = sampleTask({ state: 'blocked', reason: 'auth: refused', attempts: 1 });
  expect(noticeOf({ ...blocked, updatedAt: 99 })?.key).toBe(noticeOf(blocked)?.key);
  expect(noticeOf({ ...blocked, attempts: 2, countFrom: 1 })?.key).not.toBe(noticeOf(blocked)?.key);
});
