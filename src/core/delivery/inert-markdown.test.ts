import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeBlock, codeSpan, inert, quotation } from './inert-markdown.ts';

/** Shows the characters without width. */
const shown = (text: string): string => text.replaceAll('\u200b', '·');

describe('text of others', () => {
  it.each([
    ['@ada', '@·ada'],
    ['(@ada), \\@acme/team', '(@·ada), \\@·acme/team'],
    ['`@ada` and @Component', '`@·ada` and @·Component'],
    ['mail ada@acme.test', 'mail ada@acme.test'],
    ['&#64;ada &commat;ada &amp;', '&·#64;ada &·commat;ada &amp;'],
    ['Closes #3', 'C·loses #3'],
    ['fix: #3, FIXED GH-3, resolves acme/app#3', 'f·ix: #3, F·IXED GH-3, r·esolves acme/app#3'],
    ['_Closes_ **#3**', '_C·loses_ **#3**'],
    ['close\n#3', 'c·lose\n#3'],
    ['resolve [#3](x)', 'r·esolve [#3](x)'],
    ['Fixes https://forge.test/acme/app/issues/3', 'F·ixes https://forge.test/acme/app/issues/3'],
    ['Closes app#3', 'C·loses app#3'],
    ['Fix 3 bugs, see #4', 'Fix 3 bugs, see #4'],
    ['prefix #3, fixture #3', 'prefix #3, fixture #3'],
    ['<!-- hidden -->', '<·!-- hidden -->'],
    ['<details> Map<string> </b> a < b <https://a.test>', '<·details> Map<·string> <·/b> a < b <https://a.test>'],
    ['one\r\ntwo\rthree', 'one\ntwo\nthree'],
    ['# Head\n\n- *a*\n- [b](c)\n\n```ts\nf();\n```', '# Head\n\n- *a*\n- [b](c)\n\n```ts\nf();\n```'],
  ])('%j', (text, expected) => expect(shown(inert(text))).toBe(expected));

  it('acts in no way, however its parts are put together', () => {
    const part = fc.constantFrom(
      '@',
      'ada',
      'Closes',
      'fix',
      ' ',
      '\n',
      '#3',
      '#',
      '3',
      '**',
      ':',
      '<!--',
      '<',
      '!--',
      'GH-',
      '&#64;',
      '`',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = inert(parts.join(''));
        expect(text).not.toMatch(/(?<![a-z\d])@[a-z\d]/i);
        expect(text).not.toMatch(/<!|&#/);
        expect(text).not.toMatch(/\b(?:closes|fix):?\s+(?:#|GH-)\d/i);
        expect(text.replaceAll('\u200b', '')).toBe(parts.join(''));
      }),
      { numRuns: 2000, seed: 3 },
    );
  });
});

describe('a quotation', () => {
  it('quotes every line', () => {
    expect(quotation({ text: '\n\n  a\n\nb\n\n', limit: 100 })).toBe('>   a\n>\n> b');
  });

  it.each([
    ['a long line', 'x'.repeat(500)],
    ['many lines', 'a\n'.repeat(250)],
    ['no line at all', '\n'.repeat(300) + 'a'.repeat(200)],
    ['short enough, but not when quoted', 'a\n'.repeat(80)],
    ['letters of two units', '😀'.repeat(250)],
    ['many names', '@a '.repeat(160)],
  ])('of %s is cut, and says so', (_, text) => {
    const cut = quotation({ text, limit: 180 });
    expect(cut.length).toBeLessThanOrEqual(180);
    expect(cut).toMatch(/\n\n\(The rest is left out here, because it is too long\.\)$/);
    expect(cut.isWellFormed()).toBe(true);
  });
});

it('code cannot be left by its text', () => {
  expect(codeSpan('npm test')).toBe('`npm test`');
  expect(codeSpan('echo `a`')).toBe('`` echo `a` ``');
  expect(codeSpan(' a\n``b ')).toBe('```a ``b```');
  expect(codeBlock({ text: 'a\nb', info: 'text' })).toBe('```text\na\nb\n```');
  expect(codeBlock({ text: 'a\n````\nb', info: '' })).toBe('`````\na\n````\nb\n`````');
});
