// What the user's own OpenCode configuration would start beside a worker. `OPENCODE_CONFIG_CONTENT` is merged with it
// and does not replace it, so every MCP server must be named to be kept from starting; `opencode debug config` would
// tell them too, but takes two seconds. Files as measured with 1.18.33; one too many is harmless.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'jsonc-parser';
import type { ForeignConfig } from '../../ports/agent.ts';

type Env = Readonly<Record<string, string | undefined>>;

export async function opencodeSurvey(facts: { readonly cwd: string; readonly env: Env }): Promise<ForeignConfig> {
  const { env, cwd } = facts;
  const project = upwards(cwd).flatMap((folder) => [folder, join(folder, '.opencode')]);
  const names = (await configTexts({ env, project })).flatMap(serverNames);
  const home = env['HOME'] ?? '/';
  const authFile = join(env['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'opencode', 'auth.json');
  return { mcpServers: [...new Set(names)].sort(), authFile: (await textOf(authFile)) === null ? null : authFile };
}

/** Providers of the person's own configuration, whatever folder they work in. */
export async function ownProviders(env: Env): Promise<readonly [string, unknown][]> {
  const texts = await configTexts({ env, project: [] });
  return texts.flatMap((text) => entries(recordOf(parsed(text))['provider']));
}

async function configTexts(given: { readonly env: Env; readonly project: readonly string[] }): Promise<readonly string[]> {
  const { env, project } = given;
  const home = env['HOME'] ?? '/';
  const global = join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'opencode');
  const folders = [global, ...project, join(home, '.opencode'), env['OPENCODE_CONFIG_DIR'] ?? '', managed];
  const files = folders
    .filter((folder) => folder !== '')
    .flatMap((folder) => ['config.json', 'opencode.json', 'opencode.jsonc'].map((name) => join(folder, name)));
  const texts = await Promise.all([...files, ...(env['OPENCODE_CONFIG'] === undefined ? [] : [env['OPENCODE_CONFIG']])].map(textOf));
  return texts.flatMap((text) => (text === null ? [] : [text]));
}

function parsed(text: string): unknown {
  return parse(text, [], { allowTrailingComma: true });
}

/** Where an administrator's configuration stands. */
const managed = process.platform === 'darwin' ? '/Library/Application Support/opencode' : '/etc/opencode';

/** OpenCode looks for project files from the working directory up. */
function upwards(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...upwards(parent)];
}

function serverNames(text: string): string[] {
  return entries(recordOf(parsed(text))['mcp']).flatMap(([name, server]) => {
    // In the form of its version 2, which it takes too, the servers stand one level deeper.
    return name === 'servers' && !('type' in server) ? entries(server).map(([inner]) => inner) : [name];
  });
}

function entries(value: unknown): [string, Record<string, unknown>][] {
  return Object.entries(recordOf(value)).flatMap(([name, one]) => (typeof one === 'object' && one !== null ? [[name, recordOf(one)]] : []));
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

async function textOf(file: string): Promise<string | null> {
  // Of some thirty places most have none, and an error for each would cost ten times the look.
  if (!existsSync(file)) return null;
  return await readFile(file, 'utf8').catch(() => null);
}
