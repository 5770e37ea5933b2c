// Sessions of both real agents that are too long or broken, and one that the agent mends by itself.
import { test } from 'vitest';
import { goesOn } from '../support/broken-sessions.ts';
import { needsAgents } from '../support/skip-without.ts';

needsAgents('claude', 'opencode');

test('after a session broke, the work continues in a new session that knows the state of the work, or in the same one where the agent repaired it', async () => {
  await goesOn(['t1', 't2', 't3', 't4']);
});
