import { expect, test } from 'vitest';
import { parseSince } from './since.ts';

const now = 1_795_000_000_000;

test.each<[string, number | null]>([
  ['90m', now - 5_400_000],
  ['24h', now - 86_400_000],
  ['7d', now - 604_800_000],
  ['2w', now - 1_209_600_000],
  ['2026-11-23', new Date(2026, 10, 23).getTime()],
  ['2026-11-23T10:00Z', Date.UTC(2026, 10, 23, 10)],
  ['2026-11-23T10:00:30+02:00', Date.UTC(2026, 10, 23, 8, 0, 30)],
  ['2026-13-45', null],
  ['yesterday', null],
  ['7', null],
  ['-7d', null],
  ['', null],
])('%s', (text, at) => {
  expect(parseSince(text, now)).toBe(at);
});
