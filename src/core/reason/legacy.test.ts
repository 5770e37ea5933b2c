import { expect, test } from 'vitest';
import { failureIn, refusalIn, storedReason, storedRoute } from './legacy.ts';
import type { TaskReason } from './task-reason.ts';

test('what is stored as data is read as it was', () => {
  const reason: TaskReason = { code: 'failure', facts: { kind: 'auth', said: 'HTTP 401', end: { times: 2 } } };
  expect(storedReason(JSON.stringify(reason))).toEqual(reason);
  const step = { code: 'model-next', facts: { model: 'a/b' } } as const;
  expect(storedRoute([step])).toEqual([step]);
});

test.each(['', 'added', 'crashed: {"code":"x"}', '{ "code": 1 }'])('the text of an older version stays what it was: %s', (text) => {
  const legacy = { code: 'legacy', facts: { text } };
  expect(storedReason(text)).toEqual(legacy);
  expect(storedRoute([text])).toEqual([legacy]);
});

test.each<[TaskReason, string | null, string | null]>([
  [{ code: 'failure', facts: { kind: 'setup', said: 'exit 1', end: null } }, 'setup', null],
  [{ code: 'no-route', facts: { refused: 'no-agent', route: [], after: null } }, null, 'no-agent'],
  [{ code: 'no-route', facts: { refused: 'no-agent', route: [], after: { kind: 'auth', said: '' } } }, 'auth', 'no-agent'],
  [{ code: 'retried', facts: {} }, null, null],
  [{ code: 'legacy', facts: { text: 'setup: exit 1' } }, 'setup', null],
  [{ code: 'legacy', facts: { text: 'no-agent: none' } }, null, 'no-agent'],
  [{ code: 'legacy', facts: { text: 'auth: 401; no-agent: none' } }, 'auth', 'no-agent'],
  // Only a failure that moves away leads to a new route.
  [{ code: 'legacy', facts: { text: 'setup: 401; no-agent: none' } }, 'setup', null],
  [{ code: 'legacy', facts: { text: 'authors: unknown' } }, null, null],
])('the failure and the refusal in %j', (reason, failure, refusal) => {
  expect([failureIn(reason), refusalIn(reason)]).toEqual([failure, refusal]);
});
