import { expect, it, test } from 'vitest';
import { refusalCodes } from './route.ts';
import { blockedReason, isBlockedBy, isUnrouted } from './unrouted.ts';

const reasons = ['model acme/big: tier best, models.default', 'not key by wide: it failed with billing', 'not plan by wide: it rests'];
const blocked = (refused: (typeof refusalCodes)[number], cause: string | null = null): string =>
  blockedReason({ cause, refusal: { refused, reasons } });
const lacking: readonly string[] = ['untrusted', 'agent-not-installed', 'no-agent', 'no-account', 'no-place'];

it.each(refusalCodes)('a task that was refused goes on by itself where the environment lacked something: %s', (code) => {
  expect(isUnrouted(blocked(code))).toBe(lacking.includes(code));
  expect(isUnrouted(blocked(code, 'billing: no credit'))).toBe(lacking.includes(code));
});

it.each([
  'budget: the worker reached its budget',
  'request: the server said: x; no-account: y',
  'setup: no-account: z',
  'no-accounts: there are none',
])('a person has to do something: %s', (reason) => {
  expect(isUnrouted(reason)).toBe(false);
});

test('what an account kept from its start is known by the accounts that were tried', () => {
  const reason = blocked('no-account', 'billing: no credit');
  expect(reason).toMatch(/^billing: no credit; no-account: model acme\/big/);
  expect([isBlockedBy(reason, 'key'), isBlockedBy(reason, 'plan'), isBlockedBy(reason, 'ke')]).toEqual([true, true, false]);
  expect(isBlockedBy(`setup: ${reason}`, 'key')).toBe(false);
});
