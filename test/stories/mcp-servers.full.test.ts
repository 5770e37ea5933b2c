// Each kind of MCP server with each of the real agents, and what they are kept from seeing.
import { test } from 'vitest';
import { seesInstructions, serverNames, startsOfServers } from '../support/mcp-starts.ts';
import { needsAgents } from '../support/skip-without.ts';

needsAgents('claude', 'opencode');

test('a server that does not start is reported, and ends the worker that needs it before its work', async () => {
  await startsOfServers({ claude: serverNames, opencode: serverNames });
});

test('with tools.isolation full no worker sees an instruction of the person or the project', async () => {
  // What OpenCode reads where nothing keeps it from it is its own affair.
  await seesInstructions({ isolation: 'full', models: ['opus', 'acme/coder-1'], marks: [] });
});
