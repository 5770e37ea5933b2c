import { expect, test } from 'vitest';
import { isUnknown } from './transcript.ts';

test.each([
  [null, null, true],
  [0, null, false],
  [1, null, false],
  [null, 'SIGKILL', false],
] as const)('an end with the code %j and the signal %j says nothing: %j', (code, signal, unknown) => {
  expect(isUnknown({ code, signal })).toBe(unknown);
});
