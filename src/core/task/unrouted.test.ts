import { describe, expect, it, test } from 'vitest';
import type { RouteReason } from '../reason/route-reason.ts';
import { refusalCodes, type Refused } from '../route/route.ts';
import { sampleCondition, because } from '../core.samples.ts';
import { textOf } from '../reason/words.ts';
import type { TaskReason } from '../reason/task-reason.ts';
import { isBlockedBy, isUnrouted } from './unrouted.ts';
import type { Said } from '../reason/said.ts';
import { inWords } from '../reason/said.ts';

const pair = (account: string) => ({ account, agent: 'wide' });
const route: readonly RouteReason[] = [
  { code: 'model-chosen', facts: { model: 'acme/big', by: 'models.default', tier: 'best' } },
  { code: 'account-failed', facts: { ...pair('key'), failure: 'billing' } },
  { code: 'account-unusable', facts: { ...pair('plan'), why: sampleCondition('it rests') } },
  { code: 'account-last-choice', facts: { ...pair('near'), why: { code: 'window-used', facts: { window: 'five-hour', percent: 95 } } } },
];
const blocked = (refused: Refused, after: { kind: 'billing'; said: Said } | null = null): TaskReason => ({
  code: 'no-route',
  facts: { refused, route, after },
});
/** The reason as rows of older versions store it. */
const asText = (reason: TaskReason): TaskReason => because(textOf(reason));
const failed = { kind: 'billing', said: inWords('no credit') } as const;
const lacking: readonly string[] = ['untrusted', 'agent-not-installed', 'no-agent', 'no-account', 'no-place'];

describe.each([
  ['as data', (reason: TaskReason) => reason],
  ['as the text of an older version', asText],
])('%s', (_, stored) => {
  it.each(refusalCodes)('a task that was refused goes on by itself where the environment lacked something: %s', (code) => {
    expect(isUnrouted(stored(blocked(code)))).toBe(lacking.includes(code));
    expect(isUnrouted(stored(blocked(code, failed)))).toBe(lacking.includes(code));
  });

  test('trust that is missing at the delivery may be given, too', () => {
    expect(isUnrouted(stored({ code: 'failure', facts: { kind: 'untrusted', said: inWords('it says delivery.checks'), end: null } }))).toBe(
      true,
    );
    expect(isUnrouted(stored({ code: 'failure', facts: { kind: 'setup', said: inWords('it says delivery.checks'), end: null } }))).toBe(
      false,
    );
  });

  test('what an account kept from its start is known by the accounts that were tried', () => {
    const reason = stored(blocked('no-account', failed));
    expect(textOf(reason)).toMatch(/^billing: no credit; no-account: model acme\/big/);
    expect(['key', 'plan', 'ke', 'near'].map((account) => isBlockedBy(reason, account))).toEqual([true, true, false, false]);
  });
});

it.each([
  'budget: the worker reached its budget',
  'request: the server said: x; no-account: y',
  'setup: no-account: z',
  'setup: billing: no credit; no-account: not key by wide: it rests',
  'no-accounts: there are none',
])('a person has to do something: %s', (text) => {
  expect(isUnrouted(because(text))).toBe(false);
  expect(isBlockedBy(because(text), 'key')).toBe(false);
});
