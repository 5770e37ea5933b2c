// Finds the servers that the user's own OpenCode configuration would start beside a worker. `OPENCODE_CONFIG_CONTENT` is
// merged with that configuration and does not replace it, so every MCP server must be named to prevent its start. `opencode
// debug config` would list them too, but takes two seconds. The files are as measured with 1.18.33; a file too many does no
// harm.
import { dirname, join } from 'node:path';
import { parse } from 'jsonc-parser';
import type { AgentConfig } from '../../core/settings.ts';
import type { ForeignConfig } from '../../ports/command-request.ts';
import type { PlaceSite } from '../../ports/place-site.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Returns the text of a file on the machine in question; null if there is none. */
type TextOf = (path: string) => Promise<string | null>;

export async function opencodeSurvey(facts: { readonly site: PlaceSite; readonly settings: AgentConfig }): Promise<ForeignConfig> {
  const { site, settings } = facts;
  const env = { ...site.env, ...settings.env };
  const textOf: TextOf = (path) => site.text(path);
  const project = upwards(site.checkout).flatMap((folder) => [folder, join(folder, '.opencode')]);
  const names = (await configTexts({ env, project, textOf })).flatMap(serverNames);
  const home = env['HOME'] ?? '/';
  const authFile = join(env['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'opencode', 'auth.json');
  return { mcpServers: [...new Set(names)].sort(), authFile: (await textOf(authFile)) === null ? null : authFile };
}

/** Providers of the person's own configuration, independent of the folder in which they work. */
export async function ownProviders(given: { readonly env: Env; readonly textOf: TextOf }): Promise<readonly [string, unknown][]> {
  const texts = await configTexts({ ...given, project: [] });
  return texts.flatMap((text) => entries(recordOf(parsed(text))['provider']));
}

async function configTexts(given: {
  readonly env: Env;
  readonly project: readonly string[];
  readonly textOf: TextOf;
}): Promise<readonly string[]> {
  const { env, project, textOf } = given;
  const home = env['HOME'] ?? '/';
  const global = join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'opencode');
  const folders = [global, ...project, join(home, '.opencode'), env['OPENCODE_CONFIG_DIR'] ?? '', ...managed];
  const files = folders
    .filter((folder) => folder !== '')
    .flatMap((folder) => ['config.json', 'opencode.json', 'opencode.jsonc'].map((name) => join(folder, name)));
  const texts = await Promise.all([...files, ...(env['OPENCODE_CONFIG'] === undefined ? [] : [env['OPENCODE_CONFIG']])].map(textOf));
  return texts.flatMap((text) => (text === null ? [] : [text]));
}

function parsed(text: string): unknown {
  return parse(text, [], { allowTrailingComma: true });
}

/** The folders of an administrator's configuration, on Linux and on macOS: the worker's system may differ from ours. */
const managed = ['/etc/opencode', '/Library/Application Support/opencode'];

/** OpenCode searches for project files from the working folder upwards. */
function upwards(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...upwards(parent)];
}

function serverNames(text: string): string[] {
  return entries(recordOf(parsed(text))['mcp']).flatMap(([name, server]) => {
    // In version 2 of its format, which it accepts too, the servers are one level deeper.
    return name === 'servers' && !('type' in server) ? entries(server).map(([inner]) => inner) : [name];
  });
}

function entries(value: unknown): [string, Record<string, unknown>][] {
  return Object.entries(recordOf(value)).flatMap(([name, one]) => (typeof one === 'object' && one !== null ? [[name, recordOf(one)]] : []));
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
