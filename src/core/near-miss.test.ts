import { expect, it } from 'vitest';
import { nearMiss } from './near-miss.ts';

const known = ['auto-dispatch', 'model', 'priority', 'blocked-by', 'blocks', 'pr', 'role'];

const words: readonly [word: string, meant: string | null][] = [
  ['auto-dispach', 'auto-dispatch'],
  ['autodispatch', 'auto-dispatch'],
  ['auto_dispatch', 'auto-dispatch'],
  ['atuo-dispatch', 'auto-dispatch'],
  ['Auto-Dispatch', 'auto-dispatch'],
  ['auto-dispatched', 'auto-dispatch'],
  ['auto', null],
  ['auto-dispatcher1', null],
  ['modell', 'model'],
  ['mdoel', 'model'],
  ['Model', 'model'],
  ['model', null],
  ['prio', 'priority'],
  ['PR', 'pr'],
  ['pro', null],
  ['rule', null],
  ['block', 'blocks'],
  ['blockedby', 'blocked-by'],
  ['node', null],
  ['', null],
  ['x'.repeat(2000), null],
];
it.each(words)('%s → %s', (word, meant) => {
  expect(nearMiss({ word, known })).toBe(meant);
});
