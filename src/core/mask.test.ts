import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskedIn, masking } from './mask.ts';

const key = 'sk-ant-"5/é+K~e';
const mask = masking([
  { value: key, name: '${ANTHROPIC_API_KEY}' },
  { value: 'hunter2', name: '${SHORT}' },
  { value: `${key}-longer`, name: '${file:/run/longer}' },
]);

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
      expect(mask(text)).toContain('${ANTHROPIC_API_KEY}');
    }),
  );
  expect(mask(base64(`user:${key}`))).toMatch(/^dXNlcj.?\$\{ANTHROPIC_API_KEY\}.{0,4}$/);
});

test('nothing is changed without secrets, and nothing but secrets', () => {
  expect(masking([])(key)).toBe(key);
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(mask(text)).toBe(text);
    }),
  );
});

test('in all texts of plain data', () => {
  const data = { type: 'said', text: key, of: [{ a: `${key}.` }, 1, null], ok: true, until: undefined };
  const name = '${ANTHROPIC_API_KEY}';
  expect(maskedIn(data, mask)).toEqual({ type: 'said', text: name, of: [{ a: `${name}.` }, 1, null], ok: true, until: undefined });
  const harmless = { a: ['b', { c: 1 }] };
  expect(maskedIn(harmless, mask)).toBe(harmless);
});
