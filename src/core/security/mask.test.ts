import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sieveFor, type Sieve } from './mask.ts';

const key = 'sk-ant-"5/é+K~e';
const name = '${ANTHROPIC_API_KEY}';
const sieve = sieveFor([
  { value: key, name },
  { value: 'hunter2', name: '${SHORT}' },
  { value: `${key}-longer`, name: '${file:/run/longer}' },
  { value: key, name: 'by another name' },
]) as Sieve;
const mask = (text: string): string => sieve.masked(text);
const bytes = (text: string): string => Buffer.from(text).toString('latin1');

test.each([
  ['as it is', `401 for ${key}!`, '401 for ${ANTHROPIC_API_KEY}!'],
  ['twice', `${key}${key}`, '${ANTHROPIC_API_KEY}${ANTHROPIC_API_KEY}'],
  ['one that holds another', `${key}-longer`, '${file:/run/longer}'],
  ['in JSON', JSON.stringify({ key }), '{"key":"${ANTHROPIC_API_KEY}"}'],
  ['in an address', `https://host/?k=${encodeURIComponent(key)}`, 'https://host/?k=${ANTHROPIC_API_KEY}'],
  ['a short one, which is a word', 'hunter2', 'hunter2'],
])('%s', (_, text, masked) => {
  expect(mask(text)).toBe(masked);
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test('in base64, wherever it stands in what is encoded', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), fc.boolean(), (before, after, forUrls) => {
      const text = Buffer.from(`${before}${key}${after}`).toString(forUrls ? 'base64url' : 'base64');
      expect(mask(text)).toContain(name);
      expect(sieve.first(text, 0)).toMatchObject({ name: expect.stringMatching(/^\$\{/) });
    }),
  );
  expect(mask(base64(`user:${key}`))).toMatch(/^dXNlcj.?\$\{ANTHROPIC_API_KEY\}.{0,4}$/);
});

test('nothing is changed without secrets, and nothing but secrets', () => {
  expect(sieveFor([])).toBeNull();
  expect(sieveFor([{ value: 'hunter2', name: '${SHORT}' }])).toBeNull();
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(mask(text)).toBe(text);
      expect(sieve.first(bytes(text), 0)).toBeNull();
    }),
  );
});

test('in all texts of plain data', () => {
  const data = { type: 'said', text: key, of: [{ a: `${key}.` }, 1, null], ok: true, until: undefined };
  expect(sieve.masked(data)).toEqual({ type: 'said', text: name, of: [{ a: `${name}.` }, 1, null], ok: true, until: undefined });
  const harmless = { a: ['b', { c: 1 }], d: 'long enough' };
  expect(sieve.masked(harmless)).toBe(harmless);
});

test('in bytes, one after the other, the longest that begins there', () => {
  const text = bytes(`a ${key} ${key}-longer ${JSON.stringify(key)}`);
  const found = [];
  for (let one = sieve.first(text, 0); one !== null; one = sieve.first(text, one.end)) found.push([one.name, text.slice(one.at, one.end)]);
  expect(found).toEqual([
    [name, bytes(key)],
    ['${file:/run/longer}', bytes(`${key}-longer`)],
    [name, bytes(JSON.stringify(key).slice(1, -1))],
  ]);
  expect(sieve.longest).toBeGreaterThanOrEqual(bytes(encodeURIComponent(`${key}-longer`)).length);
});
