// A small MCP server on standard input and output, with one tool. It notes that it was started, and with which environment.
// (Pids repeat: each worker has a namespace of its own.)
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';

const [name = 'server', how = 'well'] = process.argv.slice(2);
const { env } = process;
const folder = join(env['TMPDIR'] ?? '/tmp', 'mcp-starts');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, `${randomUUID()}.json`), JSON.stringify({ name, attempt: env['YARDMASTER_ATTEMPT'] ?? null, env }));
if (how === 'crash') process.exit(3);
if (how === 'hang') await sleep(600_000);
if (how === 'slow') await sleep(2_000);
const server = new McpServer({ name, version: '1.0.0' });
server.registerTool('hello', { description: `Says hello from ${name}` }, async () => ({
  content: [{ type: 'text', text: `hello from ${name}` }],
}));
await server.connect(new StdioServerTransport());
