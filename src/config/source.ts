// Reads the folders from which agents are configured: `commands/*.md`, `mcp.yaml`, `permissions.yaml`. A command or server
// of a later folder replaces one of the same name; a permissions.yaml replaces an earlier one as a whole.
import { join } from 'node:path';
import type { Fault } from '../core/fault.ts';
import type { McpServers } from '../core/own/mcp.ts';
import type { Permissions } from '../core/own/permissions.ts';
import type { Source } from '../core/own/piece.ts';
import type { SlashCommand } from '../core/own/slash-command.ts';
import { readCommands } from './command-folder.ts';
import { readServers } from './load.ts';
import { readPermissions } from './permissions-file.ts';

const nothing: Permissions = { allow: [], ask: [], deny: [] };

/** `faults`: of code `config`, one for each command that cannot be read. Throws `config` for the other files. */
export async function readSource(
  folders: readonly string[],
): Promise<{ readonly source: Omit<Source, 'tiers'>; readonly faults: readonly Fault[] }> {
  const commands = new Map<string, SlashCommand>();
  const faults: Fault[] = [];
  let servers: McpServers = {};
  let permissions = nothing;
  for (const folder of folders) {
    const found = await readCommands(join(folder, 'commands'));
    for (const command of found.commands) commands.set(command.name, command);
    faults.push(...found.faults);
    servers = { ...servers, ...(await readServers(folder)) };
    permissions = (await readPermissions(join(folder, 'permissions.yaml'))) ?? permissions;
  }
  return { source: { commands: [...commands.values()], servers, permissions }, faults };
}
