import { expect, test } from 'vitest';
import { fromUsd, toUsd } from './usd.ts';

test.each([
  [0, 0],
  [0.0045, 4500],
  [2.5, 2_500_000],
])('%d dollars are %d millionths', (usd, amount) => {
  expect([fromUsd(usd), toUsd(amount)]).toEqual([amount, usd]);
});

test('an amount is whole: 0.29 dollars are no 289999.99999999994 millionths', () => {
  expect(fromUsd(0.29)).toBe(290_000);
});
