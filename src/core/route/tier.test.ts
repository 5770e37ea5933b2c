import { expect, test } from 'vitest';
import { entryOf, modelOf, tierOf } from './tier.ts';

const tiers = { opus: 'a/opus', sonnet: 'a/sonnet', haiku: 'a/haiku', coding: 'a/sonnet' };

test.each<[string, string | null]>([
  ['opus', 'sonnet'],
  ['a/opus', 'sonnet'],
  ['a/opus-20260101', 'sonnet'],
  ['sonnet', 'a/tiny'],
  ['haiku', null],
  ['b/unknown', null],
  ['toString', null],
])('of a table for %s: %s', (wanted, entry) => {
  expect(entryOf({ table: { opus: 'sonnet', sonnet: 'a/tiny' }, wanted, tiers })).toBe(entry);
});

test.each([
  ['a/opus', null, 'opus'],
  ['a/sonnet', null, 'sonnet'],
  ['a/sonnet', 'coding', 'coding'],
  ['a/sonnet', 'opus', 'sonnet'],
  ['b/none', 'opus', null],
])('the tier of %s, where %s was asked for: %s', (model, prefer, tier) => {
  expect(tierOf({ model, tiers, prefer })).toBe(tier);
});

test.each([
  ['opus', 'a/opus'],
  ['b/other', 'b/other'],
  ['constructor', 'constructor'],
])('%s stands for %s', (word, model) => {
  expect(modelOf({ word, tiers })).toBe(model);
});
