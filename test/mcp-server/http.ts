// A small MCP server that is reached by its address, on loopback. It notes the headers of every request.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

export interface HttpServer {
  readonly url: string;
  readonly seen: () => readonly IncomingHttpHeaders[];
  close(): Promise<void>;
}

export async function startHttpServer(): Promise<HttpServer> {
  const seen: IncomingHttpHeaders[] = [];
  const listener = createServer((request, response) => {
    seen.push(request.headers);
    // Without sessions: each request has a server and a transport of its own.
    const server = new McpServer({ name: 'far', version: '1.0.0' });
    server.registerTool('hello', { description: 'Says hello' }, async () => ({ content: [{ type: 'text', text: 'hello' }] }));
    const transport = new StreamableHTTPServerTransport({});
    response.on('close', () => void transport.close());
    void server.connect(transport as Parameters<McpServer['connect']>[0]).then(() => transport.handleRequest(request, response));
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/mcp`,
    seen: () => seen,
    close: async () => {
      listener.closeAllConnections();
      listener.close();
      await once(listener, 'close');
    },
  };
}
