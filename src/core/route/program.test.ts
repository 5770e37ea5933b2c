import { describe, expect, it } from 'vitest';
import { afterLook, awaitedUntil, type ProgramState } from './program.ts';
import { minute, second, type Instant } from '../time.ts';

const now = 1_000_000;
const there: ProgramState = { awaySince: null };
const away = (awaySince: Instant): ProgramState => ({ awaySince });

describe('an agent’s program', () => {
  it.each<[name: string, before: ProgramState | null, found: boolean, after: ProgramState | null]>([
    ['that was never there and is not', null, false, null],
    ['that is seen for the first time', null, true, there],
    ['that is there as before', there, true, there],
    ['that is missing now', there, false, away(now)],
    ['that is missing still', away(now - minute), false, away(now - minute)],
    ['that is missing, as a clock said that was ahead', away(now + minute), false, away(now)],
    ['that is back', away(now - minute), true, there],
  ])('%s', (_, before, found, after) => {
    expect(afterLook(before, { found, now })).toEqual(after);
  });

  it('is not written again where nothing changed', () => {
    for (const [state, found] of [[there, true], [away(1), false]] as const) expect(afterLook(state, { found, now })).toBe(state); // prettier-ignore
  });

  it.each<[name: string, state: ProgramState | null, until: Instant | null]>([
    ['one that was never there is not waited for', null, null],
    ['one that was there a moment ago is', there, now + second],
    ['soon at first', away(now - 100), now + second],
    ['then after as long as it has been away', away(now - minute), now + minute],
    ['five minutes at most', away(now - 4 * minute), now + minute],
    ['and not for longer', away(now - 5 * minute), null],
    ['whatever a clock said that was ahead', away(now + minute), now + second],
  ])('%s', (_, state, until) => {
    expect(awaitedUntil(state, now)).toBe(until);
  });
});
