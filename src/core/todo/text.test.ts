import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textLines } from './text.ts';
import type { TextLine } from './text.ts';

function read(text: string): { lines: TextLine[]; unclosed: unknown } {
  const lines: TextLine[] = [];
  const walk = textLines(text);
  for (;;) {
    const next = walk.next();
    if (next.done === true) return { lines, unclosed: next.value };
    lines.push(next.value);
  }
}

const kinds = (text: string): string =>
  read(text)
    .lines.map((line) => line.kind.charAt(0))
    .join('');

describe('lines', () => {
  it('ends them at LF, CRLF and a lone CR, and leaves a byte order mark out', () => {
    const text = '\uFEFFa\nbb\r\n\r\nccc\rd\n\re';
    const { lines } = read(text);
    expect(lines.map((line) => text.slice(line.start, line.end))).toEqual(['a', 'bb', '', 'ccc', 'd', '', 'e']);
    expect(lines.map((line) => line.number)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(read('').lines).toEqual([]);
    expect(read('a\n').lines).toHaveLength(1);
  });

  it('counts columns with tabs and nests by two columns', () => {
    const { lines } = read('- a\n  - b\n\t- c\n - d\ntext\n  - e\n1. f\n   - g\n- - h\n  i');
    expect(lines.map((line) => [line.column, line.level])).toEqual([
      [0, 0],
      [2, 1],
      [4, 2],
      [1, 0],
      [0, 0],
      [2, 0],
      [0, 0],
      [3, 1],
      [0, 0],
      [2, 1],
    ]);
  });

  it('tells list items from text', () => {
    expect(kinds('- a\n* b\n+ c\n1. d\n12) e\n-\n-f\n1.g\n---\n# h\n1234567890. i')).toBe('iiiiiittttt');
  });

  it('puts every character into exactly one line or line ending', () => {
    const piece = fc.constantFrom('\r', '\n', '\r\n', ' ', '\t', '- ', '```', '~~~~', '<!--', '-->', 'a', 'é', '\uFEFF', '[ ] t1 ');
    fc.assert(
      fc.property(
        fc.array(piece).map((pieces) => pieces.join('')),
        (text) => {
          const { lines } = read(text);
          let at = text.startsWith('\uFEFF') ? 1 : 0;
          for (const line of lines) {
            expect(line.start).toBe(at);
            expect(text.slice(line.start, line.end)).not.toMatch(/[\r\n]/);
            at = line.end + (text.startsWith('\r\n', line.end) ? 2 : 1);
          }
          expect(at).toBeGreaterThanOrEqual(text.length);
        },
      ),
    );
  });
});

describe('code and comments', () => {
  const cases: readonly [name: string, text: string, kinds: string][] = [
    ['a fence', 'a\n```\n- b\n```\n- c', 'tllli'],
    ['tildes with a language', '~~~ md\n- b\n```\n~~~\n- c', 'lllli'],
    ['a longer fence is not ended by a shorter one', '````\n```\n- b\n```\n`````\n- c', 'llllli'],
    ['a fence with words behind it does not end', '```\n- b\n``` x\n- c\n```\n- d', 'llllli'],
    ['backticks in one line are a code span', '```a``` b\n- c', 'ti'],
    ['two are no fence', '``\n- a\n~~\n- b', 'titi'],
    ['an indented fence in a list item', '- a\n  ```\n  - b\n\n  ```\n- c', 'illbli'],
    ['a fence ends with the list item that holds it', '- a\n  ```\n  b\n- c', 'illi'],
    ['a bare fence left of the list item closes', '- a\n  ```\n  b\n```\n- c', 'illli'],
    ['one deep inside is content', '```\n      ```\n- b\n   ```\n- c', 'lllli'],
    ['a deep fence is ended by one as deep', '- a\n        ```\n    - b\n        ```\n- c', 'illli'],
    ['a fence behind a list marker', '- ```\n  - b\n  ```\n- c', 'illi'],
    ['a comment', '<!--\n- a\n-->\n- b', 'llli'],
    ['a comment that ends behind words', '<!-- a\n- b --> c\n- d', 'lli'],
    ['a comment in one line', '<!-- a -->\n- b', 'li'],
    ['a comment ends with the list item that holds it', '- a\n  <!--\n  - b -\n- c', 'illi'],
    ['an end of comment left of the list item closes', '- a\n  <!--\n  - b\n-->\n- c', 'illli'],
  ];
  it.each(cases)('%s', (_name, text, expected) => {
    expect(kinds(text)).toBe(expected);
    expect(read(text).unclosed).toBeNull();
  });

  it('says what was never closed', () => {
    expect(read('a\n~~~\n- b')).toMatchObject({ unclosed: { line: 2, what: 'fence' } });
    expect(read('<!--\n- b')).toMatchObject({ unclosed: { line: 1, what: 'comment' } });
  });
});
