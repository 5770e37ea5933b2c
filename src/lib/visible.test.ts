import fc from 'fast-check';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { clip, table } from './table.ts';
import { colour, onScreen, visible } from './visible.ts';

test.each([
  ['an escape sequence', 'a\u001b[2Jb', 'a\\u001b[2Jb'],
  ['the clipboard and the bell', '\u001b]52;c;aGk=\u0007', '\\u001b]52;c;aGk=\\u0007'],
  ['C1 and DEL', '\u009b2J\u007f\u0085', '\\u009b2J\\u007f\\u0085'],
  ['what turns the order', '\u202e\u2066\u200f\u061c', '\\u202e\\u2066\\u200f\\u061c'],
  ['what goes back to the start of the line', 'good\rbad', 'good\\u000dbad'],
  ['line ends of Unicode', 'a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
  ['halves of characters', '\ud83d\udc69\ud83d-\udc69', '\ud83d\udc69\\ud83d-\\udc69'],
  ['line ends and tabs stay', 'a\r\nb\n\tc', 'a\r\nb\n\tc'],
  ['all languages and signs stay', 'שלום · 👩‍💻 · می‌خواهم · ✓', 'שלום · 👩‍💻 · می‌خواهم · ✓'],
  ['the colours of others', '\u001b[32mdone\u001b[39m', '\\u001b[32mdone\\u001b[39m'],
])('%s', (_, text, expected) => {
  expect(onScreen(text)).toBe(expected);
});

test('our colours reach the terminal, around text of others', () => {
  const painted = `${colour(31)}\u001b[32mred${colour(39)}`;
  expect(onScreen(painted)).toBe('\u001b[31m\\u001b[32mred\u001b[39m');
  expect(onScreen(visible(painted))).toBe(onScreen(painted));
});

test('columns are as wide as what is shown in them', () => {
  const rows = onScreen(
    table([
      [`${colour(31)}\u001b[2J${colour(39)}`, 'x'],
      ['12345678901', 'y'],
    ]),
  );
  const columns = stripVTControlCharacters(rows)
    .split('\n')
    .map((row) => row.length);
  expect(columns).toEqual([14, 14, 0]);
  expect(clip('\u001b\u001b\u001b', 10)).toBe('\\u001b\\u0…');
});

test.each([
  ['whole characters', '👩‍💻'.repeat(9), 6, '👩‍💻👩‍💻…'],
  ['marks stay with their letter', 'e\u0301'.repeat(9), 4, `${'e\u0301'.repeat(3)}…`],
  ['what just fits', 'e\u0301'.repeat(4), 4, 'e\u0301'.repeat(4)],
  ['a letter whose marks have no end', `abc${'\u0301'.repeat(200_000)}`, 80, 'ab…'],
  ['marks without a letter', '\u200d'.repeat(200_000), 2, '…'],
  ['no room', 'ab', 0, '…'],
])('a narrow column holds whole characters, and no flood: %s', (_, text, width, expected) => {
  expect(clip(text, width)).toBe(expected);
});

test('a column that is cut ends its colours', () => {
  expect(onScreen(clip(`${colour(1)}one ${colour(31)}two three${colour(39)}${colour(22)}`, 6))).toBe(
    '\u001b[1mone \u001b[31mt…\u001b[39m\u001b[22m',
  );
});

test('a document of JSON says the same, whatever stands in it', () => {
  const texts = fc.string({ unit: fc.constantFrom(...'a\u0000\u001b\u009b\u202e\u007f\r\n\t\\"é\u{1f469}') });
  fc.assert(
    fc.property(texts, (text) => {
      const shown = onScreen(JSON.stringify({ [text]: text }, null, 2));
      expect(JSON.parse(shown)).toEqual({ [text]: text });
      expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    }),
  );
});
