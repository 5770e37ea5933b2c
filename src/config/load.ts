// The configuration that applies to a repository: defaults, user file, repository file, environment, flags, each
// over the one before, key by key; each value knows where it came from. A wrong file is refused with file, line and
// what was expected.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { McpServers } from '../core/mcp.ts';
import type { Roles } from '../core/role.ts';
import type { Settings } from '../core/settings.ts';
import { defaults } from './defaults.ts';
import { repositoryConfigFile, repositorySources, userConfigFile, userSources, type Env } from './paths.ts';
import { readText } from './read-text.ts';
import type { Layer, Tree } from './layer.ts';

export interface Flags {
  readonly agent?: string;
  readonly model?: string;
  readonly concurrency?: number;
}

export interface Loaded {
  readonly settings: Settings;
  /** `worker.maxSteps` → `default`, a file with its line, a variable or a flag. */
  readonly origins: Readonly<Record<string, string>>;
}

export async function loadSettings(given: { readonly env: Env; readonly repo: string | null; readonly flags: Flags }): Promise<Loaded> {
  const { env, repo, flags } = given;
  const files = [userConfigFile(env), ...(repo === null ? [] : [repositoryConfigFile(repo)])];
  const layers: Layer[] = [{ values: defaults, origin: () => 'default' }];
  for (const file of files) {
    const layer = await readLayer(file);
    if (layer !== null) layers.push(layer);
  }
  if (flags.concurrency !== undefined)
    layers.push({ values: { supervisor: { concurrency: flags.concurrency } }, origin: () => '--concurrency' });
  const plans = preferenceOf(env);
  if (plans !== null) layers.push(plans);
  const merged = layers.reduce<Tree>((below, layer) => merge(below, layer.values), {});
  const origins = Object.fromEntries(originsOf({ tree: merged, layers, path: [] }));
  const sources = [userSources(env), ...(repo === null ? [] : [repositorySources(repo)])];
  const servers = await Promise.all(sources.map(readServers));
  const roles = await Promise.all(sources.map(rolesIn));
  // The layers were validated one by one and the defaults are complete, so the sum is.
  const settings = {
    ...(merged as unknown as Omit<Settings, 'forced' | 'mcp' | 'roles'>),
    forced: forcedOf({ env, flags }),
    // The repository's own goes before the person's of the same name.
    mcp: Object.assign({}, ...servers) as McpServers,
    roles: Object.assign({}, ...roles) as Roles,
  };
  return { settings, origins };
}

function preferenceOf(env: Env): Layer | null {
  const name = 'SUPERVISOR_PREFER_OAUTH';
  const word = env[name]?.toLowerCase() ?? '';
  if (word === '') return null;
  const no = ['false', '0', 'no', 'off'].includes(word);
  if (!no && !['true', '1', 'yes', 'on'].includes(word))
    throw new Fault({
      code: 'config',
      message: `${name} is "${env[name]}", which is neither true nor false`,
      hint: `export ${name}=false, or unset it`,
    });
  return { values: { routing: { preferSubscription: !no } }, origin: () => name };
}

function forcedOf(given: { env: Env; flags: Flags }): Settings['forced'] {
  const choose = (flag: { name: string | undefined; by: string }, variable: string): { name: string; by: string } | null => {
    if (flag.name !== undefined) return { name: flag.name, by: flag.by };
    const value = given.env[variable];
    return value === undefined || value === '' ? null : { name: value, by: variable };
  };
  return {
    agent: choose({ name: given.flags.agent, by: '--agent' }, 'SUPERVISOR_CLI'),
    model: choose({ name: given.flags.model, by: '--model' }, 'SUPERVISOR_MODEL'),
  };
}

/** Maps are merged key by key, so an empty one changes nothing; every other value, lists included, is replaced as a whole. */
function merge(into: Tree, from: Tree): Tree {
  const merged: Record<string, unknown> = { ...into };
  for (const [key, value] of Object.entries(from)) {
    const known = Object.hasOwn(into, key) ? into[key] : undefined;
    merged[key] = isTree(value) ? merge(isTree(known) ? known : {}, value) : value;
  }
  return merged;
}

/** The last layer that has a value is the one that it came from. */
function originsOf(given: { tree: Tree; layers: readonly Layer[]; path: readonly string[] }): [string, string][] {
  const { tree, layers } = given;
  return Object.entries(tree).flatMap(([key, value]) => {
    const path = [...given.path, key];
    if (isTree(value) && Object.keys(value).length > 0) return originsOf({ tree: value, layers, path });
    const layer = layers.findLast(({ values }) => has(values, path));
    return [[path.join('.'), layer?.origin(path) ?? 'default'] as [string, string]];
  });
}

function has(tree: Tree, path: readonly string[]): boolean {
  let value: unknown = tree;
  for (const key of path) {
    if (!isTree(value) || !Object.hasOwn(value, key)) return false;
    value = value[key];
  }
  return true;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** In KiB. A map of some thousand keys is read in milliseconds. */
const largest = 64;

async function readLayer(file: string): Promise<Layer | null> {
  const text = await readText({ file, largest });
  if (text === null) return null;
  // Loaded only here: parser and schema are most of the program's code, and often there is no file.
  const { parseFile } = await import('./parse-file.ts');
  return parseFile({ file, text });
}

export async function readServers(folder: string): Promise<McpServers> {
  const file = join(folder, 'mcp.yaml');
  // Most have none, and to be told so by the thread pool costs ten times as much.
  const text = existsSync(file) ? await readText({ file, largest }) : null;
  if (text === null) return {};
  const { parseMcpFile } = await import('./mcp-file.ts');
  return parseMcpFile({ file, text });
}

async function rolesIn(source: string): Promise<Roles> {
  const folder = join(source, 'roles');
  return existsSync(folder) ? (await import('./role-folder.ts')).readRoles(folder) : {};
}
