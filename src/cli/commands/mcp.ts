// `mcp`: lists the configured MCP servers and says whether a worker could use them.
import { referencesOf, unfilled, type McpServer } from '../../core/own/mcp.ts';
import { shownServer } from '../../core/security/shown.ts';
import { loadSettings } from '../../config/load.ts';
import { table } from '../../lib/table.ts';
import { printJson, type CliContext } from '../context.ts';
import { repoNamed } from '../registered.ts';
import { tellDistrust } from '../trust.ts';

export async function listServers(this: CliContext, flags: { json?: boolean; repo?: string }): Promise<void> {
  const repo = await repoNamed(this, flags.repo);
  const { settings } = await loadSettings({ env: this.env, repo, flags: {} });
  tellDistrust(this, { settings, repo });
  const servers = Object.values(settings.mcp);
  if (flags.json === true)
    return printJson(
      this,
      servers.map((server) => ({ ...shownServer(server), problem: problemOf(this, server) })),
    );
  if (servers.length === 0)
    return this.out.write(
      'no MCP server is configured; describe one in .yardmaster/mcp.yaml of the repository, or in agents/mcp.yaml beside your config.yaml\n',
    );
  this.out.write(
    table(
      servers.map((server) => [
        server.name,
        shownServer(server).url ?? shownServer(server).command.join(' '),
        server.agents?.join(', ') ?? 'every agent',
        [...(server.people ? ['people'] : []), ...(server.workers ? ['workers'] : []), ...(server.required ? ['required'] : [])].join(', '),
        problemOf(this, server) ?? '',
      ]),
    ),
  );
}

/** What a worker would lack. References to files and commands are only resolved when a worker starts. */
function problemOf(context: Pick<CliContext, 'env'>, server: McpServer): string | null {
  const open = unfilled(server);
  if (open.length > 0) return `to be filled in: ${open.join(', ')}`;
  const unset = referencesOf(server).flatMap(({ kind, of }) => (kind === 'env' && (context.env[of] ?? '') === '' ? [of] : []));
  return unset.length === 0 ? null : `not set: ${unset.join(', ')}`;
}
