// Chooses the MCP servers of a worker, and resolves the references in their configuration when the worker is started; the
// resolved values are stored nowhere.
import { chooseServers, partsOf, wantedServers, type McpServer, type ReadyServer } from '../../core/own/mcp.ts';
import type { Settings } from '../../core/settings.ts';
import type { Task } from '../../core/task/task.ts';
import type { Ports } from '../world.ts';

/** The servers for a task's workers by this agent; null: the agent is not decided yet. */
export async function serversOf(
  ports: Pick<Ports, 'store'>,
  given: { readonly task: Task; readonly settings: Settings; readonly agent: string | null },
): Promise<readonly McpServer[] | { readonly problem: string }> {
  const { task, settings, agent } = given;
  const batch = task.batch === null ? undefined : (await ports.store.batches()).find(({ name }) => name === task.batch);
  const wanted = wantedServers({ task: task.mcp, batch: batch?.mcp ?? null, configured: settings.tools.mcp });
  return wanted.length === 0 ? [] : chooseServers({ wanted, known: settings.mcp, agent, untrusted: settings.untrusted.keys });
}

/** Names of the servers without which a worker is ended. */
export async function requiredServers(ports: Pick<Ports, 'store'>, given: Parameters<typeof serversOf>[1]): Promise<readonly string[]> {
  const servers = await serversOf(ports, given);
  return 'problem' in servers ? [] : servers.flatMap(({ name, required }) => (required ? [name] : []));
}

/** The server with its references resolved. Faults: those of the vault. */
export async function readyServer(
  ports: Pick<Ports, 'vault'>,
  { server, signal }: { readonly server: McpServer; readonly signal: AbortSignal | undefined },
): Promise<ReadyServer> {
  const { name, transport, required, url } = server;
  const value = async (text: string): Promise<string> => {
    const parts = (partsOf(text) ?? []).map(async (part) =>
      typeof part === 'string' ? part : ports.vault.value({ reference: part, of: `the MCP server ${name}`, signal }),
    );
    return (await Promise.all(parts)).join('');
  };
  const values = async (map: Readonly<Record<string, string>>): Promise<Record<string, string>> =>
    Object.fromEntries(await Promise.all(Object.entries(map).map(async ([key, text]) => [key, await value(text)] as const)));
  return {
    name,
    transport,
    required,
    command: await Promise.all(server.command.map(value)),
    url: url === null ? null : await value(url),
    env: await values(server.env),
    headers: await values(server.headers),
  };
}
