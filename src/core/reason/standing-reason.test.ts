import { expect, it } from 'vitest';
import { sampleChosen, sampleWait } from '../core.samples.ts';
import { isWait, untilOf, waitCodes, type Standing } from './standing-reason.ts';

it.each(waitCodes)('%s is a wait', (code) => {
  expect(isWait(sampleWait(code))).toBe(true);
});

it.each<Standing>([
  { code: 'startable', facts: sampleChosen },
  { code: 'unlooked', facts: {} },
  { code: 'opening', facts: { repository: 'forge.test/acme/app' } },
])('$code is none', (standing) => {
  expect(isWait(standing)).toBe(false);
  expect(untilOf(standing)).toBe(null);
});

it('only some know when time alone will help', () => {
  const refused = (until: number | null | undefined): Standing => ({
    code: 'refused',
    facts: { refused: 'no-account', model: null, reasons: [], until: until as number | null },
  });
  expect([untilOf(refused(9)), untilOf(refused(null)), untilOf(refused(undefined))]).toEqual([9, null, null]);
});
