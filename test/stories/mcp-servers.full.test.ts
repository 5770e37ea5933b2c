// Each kind of MCP server with each of the real agents.
import { test } from 'vitest';
import { serverNames, startsOfServers } from '../support/mcp-starts.ts';
import { needsAgents } from '../support/skip-without.ts';

needsAgents('claude', 'opencode');

test('a server that does not start is reported, and ends the worker that needs it before its work', async () => {
  await startsOfServers({ claude: serverNames, opencode: serverNames });
});
