// The real Claude Code at work: resumed sessions, and checks that go back as text. OpenCode is started three times for the same, so that
// is in real-work.full.test.ts; a session of its own that goes on is in ledger.test.ts. (Several of both at once: mcp-servers.test.ts,
// real-work.full.test.ts.)
import { test } from 'vitest';
import { continuesInItsSession } from '../support/resumed-sessions.ts';
import { needsAgents } from '../support/skip-without.ts';

needsAgents('claude');

test('after an attempt without delivery and after a failed check, the same session continues in the same checkout with the same role and learns what is missing', async () => {
  await continuesInItsSession(['claude']);
});
