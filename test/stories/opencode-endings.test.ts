// The real OpenCode through two endings that differ in who ends it: itself, at a refusal; our watch, because it waits in silence.
// That it ends by itself with work is shown by mcp-servers.test.ts and ledger.test.ts. The other endings are in
// opencode-endings.full.test.ts: each starts OpenCode once more, and how its words are read is shown by its recorded lines
// (src/agents/opencode/outcome.test.ts).
import { test } from 'vitest';
import { needsAgents } from '../support/skip-without.ts';
import { toldTruly } from '../support/opencode-endings.ts';

needsAgents('opencode');

test('a refused key and a long limit of the real OpenCode get the right verdicts', async () => {
  await toldTruly(['t2', 't5']);
});
