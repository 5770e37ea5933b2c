// What the user's own OpenCode configuration would start beside a worker. `OPENCODE_CONFIG_CONTENT` is merged with it
// and does not replace it, so every MCP server must be named to be kept from starting; `opencode debug config` would
// tell them too, but takes two seconds. Files and their order as measured with 1.18.33.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'jsonc-parser';
import type { ForeignConfig } from '../../ports/agent.ts';

type Env = Readonly<Record<string, string | undefined>>;

export async function opencodeSurvey(facts: { readonly cwd: string; readonly env: Env }): Promise<ForeignConfig> {
  const { env } = facts;
  const home = env['HOME'] ?? '/';
  const global = join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'opencode');
  const folders = [global, ...upwards(facts.cwd).flatMap((folder) => [folder, join(folder, '.opencode')]), join(home, '.opencode'), env['OPENCODE_CONFIG_DIR'] ?? ''];
  const files = folders.filter((folder) => folder !== '').flatMap((folder) => ['config.json', 'opencode.json', 'opencode.jsonc'].map((name) => join(folder, name)));
  const texts = await Promise.all([...files, ...(env['OPENCODE_CONFIG'] === undefined ? [] : [env['OPENCODE_CONFIG']])].map(textOf));
  const names = texts.flatMap((text) => (text === null ? [] : serverNames(text)));
  const authFile = join(env['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'opencode', 'auth.json');
  return { mcpServers: [...new Set(names)].sort(), authFile: (await textOf(authFile)) === null ? null : authFile };
}

/** OpenCode looks for project files from the working directory up. */
function upwards(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...upwards(parent)];
}

function serverNames(text: string): string[] {
  const config: unknown = parse(text, [], { allowTrailingComma: true });
  if (typeof config !== 'object' || config === null || !('mcp' in config)) return [];
  return typeof config.mcp === 'object' && config.mcp !== null ? Object.keys(config.mcp) : [];
}

async function textOf(file: string): Promise<string | null> {
  return await readFile(file, 'utf8').catch(() => null);
}
