// Loads the configuration that applies to a repository: defaults, user file, repository file, environment and flags, where
// each overrides the one before, key by key. Each value knows where it came from. An invalid file is refused with file,
// line and the expected form.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { McpServers } from '../core/own/mcp.ts';
import type { Roles } from '../core/own/role.ts';
import type { Settings } from '../core/settings.ts';
import type { Tree } from '../core/security/trust.ts';
import { defaults } from './defaults.ts';
import type { Layer } from './layer.ts';
import { merge, originsOf } from './merge.ts';
import { largestFile, repositorySources, userConfigFile, userSources, type Env } from './paths.ts';
import { readText } from './read-text.ts';

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
  const layers = [...(await layersBelow(env))];
  const below = mergedOf(layers);
  // Loaded only if there is a repository.
  const own = repo === null ? null : await (await import('./in-force.ts')).inForce({ env, repo, below });
  layers.push(...(own?.layers ?? []));
  if (flags.concurrency !== undefined)
    layers.push({ values: { supervisor: { concurrency: flags.concurrency } }, origin: () => '--concurrency' });
  const plans = preferenceOf(env);
  if (plans !== null) layers.push(plans);
  const merged = mergedOf(layers);
  const origins = Object.fromEntries(originsOf({ tree: merged, layers, path: [] }));
  const sources = [userSources(env), ...(repo === null ? [] : [repositorySources(repo)])];
  const roles = await Promise.all(sources.map(rolesIn));
  // The layers were validated one by one and the defaults are complete, so their combination is valid.
  const settings = {
    ...(merged as unknown as Omit<Settings, 'forced' | 'mcp' | 'roles' | 'untrusted'>),
    forced: forcedOf({ env, flags }),
    // The repository's servers override the person's of the same name.
    mcp: { ...(await readServers(userSources(env))), ...own?.servers },
    roles: Object.assign({}, ...roles) as Roles,
    untrusted: own?.untrusted ?? { keys: [], before: false, text: '' },
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

/** The settings of a repository that has no configuration of its own. Faults: `config`. */
export async function settingsBelow(env: Env): Promise<Tree> {
  return mergedOf(await layersBelow(env));
}

async function layersBelow(env: Env): Promise<readonly Layer[]> {
  const base: Layer = { values: defaults, origin: () => 'default' };
  const file = userConfigFile(env);
  const text = await readText({ file, largest: largestFile });
  if (text === null) return [base];
  // Loaded only here: parser and schema are most of the program's code, and often there is no file.
  const { parseFile } = await import('./parse-file.ts');
  return [base, parseFile({ file, text })];
}

function mergedOf(layers: readonly Layer[]): Tree {
  return layers.reduce<Tree>((below, layer) => merge(below, layer.values), {});
}

export async function readServers(folder: string): Promise<McpServers> {
  const file = join(folder, 'mcp.yaml');
  // Most folders have no such file, and learning that from the thread pool would take ten times as long.
  const text = existsSync(file) ? await readText({ file, largest: largestFile }) : null;
  if (text === null) return {};
  const { parseMcpFile } = await import('./mcp-file.ts');
  return parseMcpFile({ file, text });
}

async function rolesIn(source: string): Promise<Roles> {
  const folder = join(source, 'roles');
  return existsSync(folder) ? (await import('./role-folder.ts')).readRoles(folder) : {};
}
