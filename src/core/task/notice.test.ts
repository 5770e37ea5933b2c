import { expect, test } from 'vitest';
import { noticeOf, noticeOfAway } from './notice.ts';
import { because, sampleCondition, sampleTask } from '../core.samples.ts';

test.each([
  ['blocked', 'auth: the key was refused', 'blocked'],
  ['failed', 'crashed: it exited with 1 (after 3 retries)', 'failed'],
  ['blocked', 'budget: spent $5.0000 of $4.0000', 'budget'],
] as const)('a %s task needs a person: %s', (state, reason, kind) => {
  expect(noticeOf(sampleTask({ state, reason: because(reason) }))).toMatchObject({
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
  const blocked = sampleTask({ state: 'blocked', reason: because('auth: refused'), attempts: 1 });
  expect(noticeOf({ ...blocked, updatedAt: 99 })?.key).toBe(noticeOf(blocked)?.key);
  expect(noticeOf({ ...blocked, attempts: 2, countFrom: 1 })?.key).not.toBe(noticeOf(blocked)?.key);
});

test('a repository that is set aside is told once, and anew when it is away another time', () => {
  const away = { since: 5, kind: 'repository-away', why: sampleCondition('repository-away: no route to host') } as const;
  const notice = noticeOfAway('/repo', away);
  expect(notice).toMatchObject({ kind: 'alarm', task: null, repo: '/repo', message: expect.stringContaining('no route to host') });
  expect(noticeOfAway('/repo', { ...away, why: sampleCondition('repository-away: it timed out') }).key).toBe(notice.key);
  expect(noticeOfAway('/repo', { ...away, since: 6 }).key).not.toBe(notice.key);
});

test('that a repository lacks trust is told once for all its tasks', () => {
  const blocked = sampleTask({ state: 'blocked', reason: because('untrusted: it says agents.claude.path') });
  const notice = noticeOf(blocked);
  expect(notice).toMatchObject({ kind: 'blocked', task: null, command: `yardmaster trust --repo ${blocked.repo}` });
  expect(noticeOf({ ...blocked, id: 't2', key: 2 })).toEqual(notice);
  expect(noticeOf({ ...blocked, repo: '/other' })?.key).not.toBe(notice?.key);
});
