// A session of the real Claude Code that has become too long. Those of OpenCode, which are too long or broken, are in
// broken-sessions.full.test.ts: they start it five times. How its words for them are read is shown by its recorded lines
// (src/agents/opencode/outcome.test.ts), and that the work goes on in a new session is the same rule for both.
import { test } from 'vitest';
import { goesOn } from '../support/broken-sessions.ts';
import { needsAgents } from '../support/skip-without.ts';

needsAgents('claude');

test('after a session became too long, the work continues in a new session that knows the state of the work', async () => {
  await goesOn(['t1']);
});
