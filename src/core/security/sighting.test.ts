import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sieveFor, type Sieve } from './mask.ts';
import { lookOn, unlooked, type Sighting } from './sighting.ts';

const sieve = sieveFor([
  { value: 'secret-of-mine', name: '${A}' },
  { value: 'two\nlines-of-it', name: '${B}' },
]) as Sieve;

function look(pieces: readonly string[], end?: string): readonly Sighting[] {
  let looked = unlooked;
  return pieces.flatMap((bytes, at) => {
    const step = lookOn(sieve, { looked, bytes, last: at === pieces.length - 1, ...(end === undefined ? {} : { end }) });
    looked = step.looked;
    return step.seen;
  });
}

test('each is told with its line and what stands there', () => {
  expect(look(['a\n  KEY=secret-of-mine; # and secret-of-mine\nb\r\nsecret-of-mine\r\nx two\nlines-of-it y'])).toEqual([
    { name: '${A}', line: 2, around: 'KEY=secret-of-mine; # and secret-of-mine' },
    { name: '${A}', line: 2, around: 'KEY=secret-of-mine; # and secret-of-mine' },
    { name: '${A}', line: 4, around: 'secret-of-mine' },
    { name: '${B}', line: 5, around: 'x two\nlines-of-it y' },
  ]);
});

test('lines may end otherwise', () => {
  expect(look(['a\nb\0c\nsecret-of-mine d\0e'], '\0')).toEqual([{ name: '${A}', line: 2, around: 'c\nsecret-of-mine d' }]);
});

test('it does not matter where one piece ends and the next one begins', () => {
  const part = fc.oneof(
    fc.constantFrom('secret-of-mine', 'two\nlines-of-it', '\n', 'secret-of-'),
    fc.string({ maxLength: 400 }),
    fc.integer({ min: 200, max: 600 }).map((length) => 'x'.repeat(length)),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.array(fc.nat(3000), { maxLength: 12 }), (parts, cuts) => {
      const text = Buffer.from(parts.join('')).toString('latin1');
      const at = [0, ...cuts.map((cut) => Math.min(cut, text.length)).toSorted((a, b) => a - b), text.length];
      const pieces = at.slice(1).map((to, index) => text.slice(at[index], to));
      expect(look(pieces)).toEqual(look([text]));
    }),
  );
});

test('what is kept is bounded', () => {
  let looked = unlooked;
  for (let pieces = 0; pieces < 20; pieces += 1) looked = lookOn(sieve, { looked, bytes: 'x'.repeat(10_000), last: false }).looked;
  expect(looked.kept.length).toBeLessThan(2000);
});
