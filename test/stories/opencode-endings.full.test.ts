// The real OpenCode through every ending that the scripted model can give it, in one run.
import { test } from 'vitest';
import { needsAgents } from '../support/skip-without.ts';
import { opencodeEndings, toldTruly } from '../support/opencode-endings.ts';

needsAgents('opencode');

test('every ending of the real OpenCode gets the right verdict', async () => {
  await toldTruly(Object.keys(opencodeEndings) as (keyof typeof opencodeEndings)[]);
});
