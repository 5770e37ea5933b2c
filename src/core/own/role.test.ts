import { expect, test } from 'vitest';
import { Fault } from '../fault.ts';
import { chooseRole, type Role } from './role.ts';

const role = (name: string): Role => ({ name, description: name, model: null, tools: null, prompt: 'x' });
const broken = new Fault({ code: 'config', message: 'broken.md:1: no', hint: 'mend it' });
const known = { one: role('one'), two: role('two'), broken };

test.each<[task: string | null, batch: string | null, configured: string | null, expected: unknown]>([
  [null, null, null, null],
  [null, null, 'one', known.one],
  [null, 'two', 'one', known.two],
  ['one', 'two', null, known.one],
  ['none', 'two', 'one', null],
  [null, 'none', 'one', null],
  ['none', null, null, null],
  ['three', 'two', 'one', { problem: 'there is no role "three"; these are described: one, two, broken' }],
  ['constructor', null, null, { problem: 'there is no role "constructor"; these are described: one, two, broken' }],
  ['', null, null, { problem: 'there is no role ""; these are described: one, two, broken' }],
  [null, 'broken', null, { problem: 'broken.md:1: no' }],
])('of task %j, batch %j and configuration %j the narrowest says', (task, batch, configured, expected) => {
  expect(chooseRole({ task, batch, configured, known })).toEqual(expected);
});

test('where none is described, that is said', () => {
  expect(chooseRole({ task: 'one', batch: null, configured: null, known: {} })).toEqual({
    problem: 'there is no role "one"; no folder roles describes any',
  });
});
