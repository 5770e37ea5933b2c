import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hour, minute, parseEstimate, second } from './time.ts';

describe('parseEstimate', () => {
  const cases: readonly [text: string, estimate: number | null][] = [
    ['2h', 2 * hour],
    ['30m', 30 * minute],
    ['1d', 8 * hour],
    ['1h30m', 1.5 * hour],
    ['1.5h', 1.5 * hour],
    ['1d2h3m', 10 * hour + 3 * minute],
    ['0.5d', 4 * hour],
    ['0m', 0],
    ['', null],
    ['~2h', null],
    ['2', null],
    ['2H', null],
    ['2h ', null],
    ['h', null],
    ['.5h', null],
    ['1.h', null],
    ['-1h', null],
    ['1e3h', null],
    ['30m1h', null],
    ['1h1h', null],
    ['2h\n', null],
  ];
  it.each(cases)('%j → %j', (text, estimate) => {
    expect(parseEstimate(text)).toBe(estimate);
  });

  it('adds up its parts', () => {
    const part = fc.option(fc.nat(1000), { nil: null });
    fc.assert(
      fc.property(part, part, part, (days, hours, minutes) => {
        const text = `${days === null ? '' : `${days}d`}${hours === null ? '' : `${hours}h`}${minutes === null ? '' : `${minutes}m`}`;
        const sum = (days ?? 0) * 8 * 3_600_000 + (hours ?? 0) * 3_600_000 + (minutes ?? 0) * 60_000;
        expect(parseEstimate(text)).toBe(text === '' ? null : sum);
      }),
    );
  });

  it('is total', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const estimate = parseEstimate(text);
        expect(estimate === null || estimate >= 0).toBe(true);
      }),
    );
  });
});

it('counts in milliseconds', () => {
  expect([second, minute, hour]).toEqual([1000, 60_000, 3_600_000]);
});
