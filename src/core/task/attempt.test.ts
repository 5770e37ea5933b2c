import { describe, expect, it } from 'vitest';
import { billedOtherwise, chargedOf } from './attempt.ts';

type Told = 'subscription' | 'token' | null;

describe('an attempt', () => {
  // What the agent reported takes precedence over what was planned.
  const cases: readonly [route: Told, told: Told, charged: number, otherwise: boolean][] = [
    [null, null, 7, false],
    [null, 'token', 7, false],
    [null, 'subscription', 0, false],
    ['token', null, 7, false],
    ['token', 'token', 7, false],
    ['token', 'subscription', 0, true],
    ['subscription', null, 0, false],
    ['subscription', 'token', 7, true],
    ['subscription', 'subscription', 0, false],
  ];
  it.each(cases)('sent out as %s and billed as %s is charged %s, otherwise than meant: %s', (sent, billing, charged, otherwise) => {
    const attempt = { billing, cost: 7, route: { billing: sent } };
    expect(chargedOf(attempt)).toBe(charged);
    expect(billedOtherwise(attempt)).toBe(otherwise);
  });
});
