import { expect, it } from 'vitest';
import { parseTodo } from '../todo/line.ts';
import { nextSnapshot, noSnapshot } from './snapshot.ts';
import type { Remembered } from './sync-facts.ts';
import { numbersToRead } from './to-read.ts';
import { valuesOfLine } from './values.ts';

const text = [
  '- [x] t1 One #bug ref:GH#1',
  '- [x] t2 Two blocked-by:t1 ref:GH#2',
  '- [x] t3 Three ref:GH#3',
  '- [ ] t4 Four blocked-by:t2,t99 ref:GH#4',
  '- [x] t5 Five ref:GH#5',
  '- [ ] t6 Six',
  '- [x] t7 Seven',
  '',
].join('\n');
const list = { text, ids: 't' };
const numbers = new Map<string, number>([1, 2, 3, 4, 5].map((number) => [`t${number}`, number]));

function known(id: string, more: Partial<Remembered> = {}): readonly [string, Remembered] {
  const todo = parseTodo(list).tasks.find((one) => one.id === id)!;
  const values = valuesOfLine({ ids: 't', intake: 'auto-dispatch', numbers, todo, brief: null });
  const own = nextSnapshot({ last: noSnapshot, common: values, frozen: [], named: numbers.keys() });
  return [id, { number: numbers.get(id) ?? 7, own, next: null, values, ...more }];
}

const read = (remembered: readonly (readonly [string, Remembered])[], extra: readonly number[] = [], more: { text?: string } = {}) =>
  numbersToRead({
    ...{ list: { ...list, ...more }, intake: 'auto-dispatch', briefs: new Map(), remembered: new Map(remembered), numbers: new Set(extra) },
  });

it('reads everything of which nothing is remembered', () => {
  expect(read([])).toEqual([1, 2, 3, 4, 5]);
});

it('leaves closed lines out that are as they were, unless an open one names them, or the forge says that they changed', () => {
  const all = ['t1', 't2', 't3', 't4', 't5'].map((id) => known(id));
  expect(read(all)).toEqual([1, 2, 4]);
  expect(read(all, [5])).toEqual([1, 2, 4, 5]);
  expect(read(all, [99])).toEqual([1, 2, 4, 99]);
  expect(read(all, [], { text: text.replace('Three', 'Changed') })).toEqual([1, 2, 3, 4]);
  expect(read(all, [], { text: text.replace('t3 Three', 't3 Three #new') })).toEqual([1, 2, 3, 4]);
  expect(read(all, [], { text: text.replace('t3 Three ref:GH#3', 't3 Three blocked-by:t1 ref:GH#3') })).toEqual([1, 2, 3, 4]);
});

it('reads the issue above an open subtask, even of a closed line', () => {
  const all = ['t1', 't2', 't3', 't4', 't5'].map((id) => known(id));
  expect(read(all, [], { text: `${text}- [ ] t8 Eight parent:t5 ref:GH#8\n` })).toEqual([1, 2, 4, 5, 8]);
});

it('reads what is not settled: a write whose answer was lost, a conflict, another issue, a removed dependency, a lost reference', () => {
  const all = ['t1', 't2', 't4', 't5'].map((id) => known(id));
  const [, t3] = known('t3');
  for (const more of [{ next: t3.own }, { own: { ...t3.own, frozen: ['title' as const] } }, { number: 33 }])
    expect(read([...all, known('t3', more)])).toEqual([1, 2, 3, 4]);
  const waits = nextSnapshot({ last: t3.own, common: { blockedBy: ['t1'] }, frozen: [], named: numbers.keys() });
  expect(read([...all, known('t3', { own: waits })])).toEqual([1, 2, 3, 4]);
  expect(read([...all, known('t3'), known('t7')])).toEqual([1, 2, 4, 7]);
  expect(read([...all, known('t3', { own: { ...t3.own, elements: { tags: null, blockedBy: null } } })])).toEqual([1, 2, 4]);
});
