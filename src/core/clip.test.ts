import { expect, it } from 'vitest';
import { clip, cutTo, endOf } from './clip.ts';

it.each([
  ['short words stand', 'as they are', 20, 'as they are'],
  ['line ends are folded', ' one\n\n\ttwo \r\nthree', 20, 'one two three'],
  ['long ones are cut', 'abcdefghij', 5, 'abcd…'],
  ['as long as may be', 'abcde', 5, 'abcde'],
  ['no character is halved', 'abc😀def', 5, 'abc…'],
  ['nothing stays nothing', ' \n ', 5, ''],
])('%s', (_, text, to, expected) => {
  expect(clip(text, to)).toBe(expected);
});

it('cuts to the beginning or the end, and halves no character', () => {
  expect([cutTo({ text: 'a\nbc', limit: 3 }), cutTo({ text: 'abc', limit: 3 }), cutTo({ text: 'a😀', limit: 2 })]).toEqual([
    'a\nb',
    'abc',
    'a',
  ]);
  expect([endOf({ text: 'ab\nc', limit: 3 }), endOf({ text: 'abc', limit: 3 }), endOf({ text: '😀a', limit: 2 })]).toEqual([
    'b\nc',
    'abc',
    'a',
  ]);
});
