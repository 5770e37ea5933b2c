// The configuration that applies to a repository: defaults, user file, repository file, environment, flags, each
// over the one before, key by key; each value knows where it came from. A wrong file is refused with file, line and
// what was expected.
import { readFile, stat } from 'node:fs/promises';
import { Fault } from '../core/fault.ts';
import type { Settings } from '../core/settings.ts';
import { defaults } from './defaults.ts';
import { repositoryConfigFile, userConfigFile, type Env } from './paths.ts';
import { wrongFile, type Layer, type Tree } from './layer.ts';

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
  const merged: Record<string, unknown> = {};
  const origins: Record<string, string> = {};
  for (const layer of layers) merge({ into: merged, from: layer.values, layer, path: [], origins });
  // The layers were validated one by one and the defaults are complete, so the sum is.
  const settings = { ...(merged as unknown as Omit<Settings, 'forced'>), forced: forcedOf({ env, flags }) };
  return { settings, origins };
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

/** Maps are merged key by key; every other value, lists included, is replaced as a whole. */
function merge(given: {
  into: Record<string, unknown>;
  from: Tree;
  layer: Layer;
  path: readonly string[];
  origins: Record<string, string>;
}): void {
  const { into, from, layer, origins } = given;
  for (const [key, value] of Object.entries(from)) {
    const path = [...given.path, key];
    if (isTree(value) && Object.keys(value).length > 0) {
      const below: Record<string, unknown> = isTree(into[key]) ? { ...into[key] } : {};
      into[key] = below;
      merge({ into: below, from: value, layer, path, origins });
    } else {
      into[key] = value;
      origins[path.join('.')] = layer.origin(path);
    }
  }
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function readLayer(file: string): Promise<Layer | null> {
  const text = await readText(file);
  if (text === null) return null;
  // Loaded only here: parser and schema are most of the program's code, and often there is no file.
  const { parseFile } = await import('./parse-file.ts');
  return parseFile({ file, text });
}

const largest = 2 ** 20;

async function readText(file: string): Promise<string | null> {
  try {
    const { size } = await stat(file);
    // Looked at before it is read: parsing something that is no configuration could take minutes.
    if (size > largest) throw wrongFile({ file, line: 1, what: `${Math.ceil(size / 2 ** 20)} MiB are too much for a configuration` });
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return null;
    throw new Fault({
      code: 'config',
      message: `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: 'check the file’s permissions',
      cause,
    });
  }
}
