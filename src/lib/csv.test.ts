import { expect, test } from 'vitest';
import { csv } from './csv.ts';

test('what would part a row is quoted, what would be a formula is not one', () => {
  expect(
    csv([
      ['a', 1, null, -2],
      ['x,y', 'say "no"', 'two\nlines', '=1+1'],
    ]),
  ).toBe('a,1,,-2\n"x,y","say ""no""","two\nlines",\'=1+1\n');
  expect(csv([])).toBe('');
});
