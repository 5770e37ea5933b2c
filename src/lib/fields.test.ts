import { expect, test } from 'vitest';
import { fields, list, numberIn, text, wholeIn } from './fields.ts';

test('what is of another type is absent', () => {
  for (const other of [undefined, null, true, 0, 'a', []]) expect(fields(other)).toBe(null);
  for (const other of [undefined, null, true, 0, 'a', { length: 1 }]) expect(list(other)).toEqual([]);
  for (const other of [undefined, null, true, 0, ['a'], {}]) expect(text(other)).toBe(null);
  for (const other of [undefined, null, true, '1', [1], {}])
    expect([numberIn(other, [0, 9]), wholeIn(other, [0, 9])]).toEqual([null, null]);
  expect([fields({ a: 1 }), list([1]), text('')]).toEqual([{ a: 1 }, [1], '']);
});

test('a number counts within its range, both ends included', () => {
  const told = [0.9, 1, 1.5, 2, 2.1, -1, Number.NaN, Infinity, -Infinity];
  expect(told.map((value) => numberIn(value, [1, 2]))).toEqual([null, 1, 1.5, 2, null, null, null, null, null]);
  expect(told.map((value) => wholeIn(value, [1, 2]))).toEqual([null, 1, null, 2, null, null, null, null, null]);
});
