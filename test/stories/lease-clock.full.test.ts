// A supervisor beside one whose clock is behind, is too fast, or is set back.
import { test } from 'vitest';
import { needsLibfaketime } from '../support/skip-without.ts';
import { eachKeepsItsOwn } from '../support/supervisors-with-shifted-clocks.ts';

needsLibfaketime();

test.each([
  ['a minute behind', ['-60'], true],
  ['a minute ahead and five times too fast', ['+60 x5'], false],
  ['set back by two hours while it holds an attempt', ['+3600', '-3600'], false],
] as const)('two supervisors keep their own attempts when the clock of one is %s', async (_, words, monotonic) => {
  await eachKeepsItsOwn({ words, monotonic });
});
