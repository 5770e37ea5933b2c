// Sessions of both real agents that are too long or broken, and one that the agent mends by itself.
import { test } from 'vitest';
import { goesOn } from '../support/broken-sessions.ts';
import { needsAgents } from '../support/skip-without.ts';

needsAgents('claude', 'opencode');

test('the work goes on in a new session, told what is there, or in the same where the agent mended it', async () => {
  await goesOn(['t1', 't2', 't3', 't4']);
});
