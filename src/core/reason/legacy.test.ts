import { describe, expect, test } from 'vitest';
import { unseen, type AccountState } from '../route/account.ts';
import { usable } from '../task/set-aside.ts';
import { failureIn, refusalIn, storedAccount, storedReason, storedRepository, storedRoute, storedStop, storedVerdict } from './legacy.ts';
import type { TaskReason } from './task-reason.ts';
import { inWords } from './said.ts';

test('what is stored as data is read as it was', () => {
  const reason: TaskReason = { code: 'failure', facts: { kind: 'auth', said: inWords('HTTP 401'), end: { times: 2 } } };
  expect(storedReason(JSON.stringify(reason))).toEqual(reason);
  const step = { code: 'model-next', facts: { model: 'a/b' } } as const;
  expect(storedRoute([step])).toEqual([step]);
});

test.each(['', 'added', 'crashed: {"code":"x"}', '{ "code": 1 }'])('the text of an older version stays what it was: %s', (text) => {
  const legacy = { code: 'legacy', facts: { text } };
  expect(storedReason(text)).toEqual(legacy);
  expect(storedRoute([text])).toEqual([legacy]);
});

describe('text in the place of a fact', () => {
  const legacy = { code: 'legacy', facts: { text: 'it rests' } } as const;
  const route = [{ code: 'account-unusable', facts: { account: 'a', agent: 'b', why: 'it rests' } }];
  const routed = [{ code: 'account-unusable', facts: { account: 'a', agent: 'b', why: legacy } }];
  const said = inWords('HTTP 401');

  test.each([
    ['dispatched', { route }, { route: routed }],
    ['route-found', { route }, { route: routed }],
    ['no-change', { said: 'HTTP 401' }, { said }],
    ['cancelled', { said: 'HTTP 401' }, { said }],
    ['failure', { kind: 'auth', said: 'HTTP 401', end: null }, { kind: 'auth', said, end: null }],
    ['no-route', { refused: 'no-account', route, after: null }, { refused: 'no-account', route: routed, after: null }],
    [
      'no-route',
      { refused: 'no-account', route: [], after: { kind: 'auth', said: 'HTTP 401' } },
      { refused: 'no-account', route: [], after: { kind: 'auth', said } },
    ],
  ])('of a task: %s', (code, before, facts) => {
    const reason = storedReason(JSON.stringify({ code, facts: before }));
    expect(reason).toEqual({ code, facts });
    expect(storedReason(JSON.stringify(reason))).toEqual(reason);
  });

  test.each(['account-tried-first', 'account-unusable', 'account-last-choice'] as const)('of a route: %s', (code) => {
    const step = { code, facts: { account: 'a', agent: 'b', why: legacy } };
    expect(storedRoute([{ ...step, facts: { ...step.facts, why: 'it rests' as never } }])).toEqual([step]);
    expect(storedRoute([step])).toEqual([step]);
  });

  test('of a verdict and a stop', () => {
    const rest = { until: null, feedback: null };
    const verdict = { kind: 'auth', said, ...rest } as const;
    expect(storedVerdict({ kind: 'auth', message: 'HTTP 401', ...rest, workDone: true })).toEqual({ ...verdict, workDone: true });
    expect(storedVerdict(verdict)).toBe(verdict);
    const stop = { reason: 'stalled', said, until: 5 } as const;
    expect(storedStop({ reason: 'stalled', message: 'HTTP 401', until: 5 })).toEqual(stop);
    expect(storedStop(stop)).toBe(stop);
  });

  test('of an account and a repository', () => {
    const note = { at: 1, why: legacy };
    const cooldown = { model: null, until: 5, streak: 1, attempt: 'a', why: legacy };
    const account = { paused: { ...note, noCredit: true }, failed: note, proof: { ...note, ok: null }, cooldowns: [cooldown], windows: [] };
    const before = JSON.parse(JSON.stringify(account).replaceAll(JSON.stringify(legacy), '"it rests"')) as AccountState;
    expect(before.failed).toEqual({ at: 1, why: 'it rests' });
    expect(storedAccount(before)).toEqual(account);
    expect(storedAccount(unseen)).toEqual(unseen);
    const away = { since: 1, kind: 'repository-away', why: legacy } as const;
    expect(storedRepository({ ...usable, away: { ...away, why: 'it rests' as never } })).toEqual({ ...usable, away });
    expect(storedRepository(usable)).toEqual(usable);
  });
});

test.each<[TaskReason, string | null, string | null]>([
  [{ code: 'failure', facts: { kind: 'setup', said: inWords('exit 1'), end: null } }, 'setup', null],
  [{ code: 'no-route', facts: { refused: 'no-agent', route: [], after: null } }, null, 'no-agent'],
  [{ code: 'no-route', facts: { refused: 'no-agent', route: [], after: { kind: 'auth', said: inWords('') } } }, 'auth', 'no-agent'],
  [{ code: 'retried', facts: {} }, null, null],
  [{ code: 'legacy', facts: { text: 'setup: exit 1' } }, 'setup', null],
  [{ code: 'legacy', facts: { text: 'no-agent: none' } }, null, 'no-agent'],
  [{ code: 'legacy', facts: { text: 'auth: 401; no-agent: none' } }, 'auth', 'no-agent'],
  // Only a failure after which another route is tried leads to a new route.
  [{ code: 'legacy', facts: { text: 'setup: 401; no-agent: none' } }, 'setup', null],
  [{ code: 'legacy', facts: { text: 'authors: unknown' } }, null, null],
])('the failure and the refusal in %j', (reason, failure, refusal) => {
  expect([failureIn(reason), refusalIn(reason)]).toEqual([failure, refusal]);
});
