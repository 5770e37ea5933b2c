// The configuration that applies to a repository: defaults, user file, repository file, environment, flags, each
// over the one before, key by key; each value knows where it came from. A wrong file is refused with file, line and
// what was expected.
import { readFile, stat } from 'node:fs/promises';
import { LineCounter, isMap, isNode, isSeq, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { Fault } from '../core/fault.ts';
import type { Settings } from '../core/settings.ts';
import { defaults } from './defaults.ts';
import { repositoryConfigFile, userConfigFile, type Env } from './paths.ts';
import { fileSchema } from './schema.ts';

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

interface Layer {
  readonly values: Tree;
  readonly origin: (path: readonly string[]) => string;
}

interface Tree {
  readonly [key: string]: unknown;
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
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = document.errors[0];
  if (broken !== undefined) throw wrong({ file, line: lines.linePos(broken.pos[0]).line, what: broken.message });
  const values = valuesOf({ document, file });
  const parsed = fileSchema.safeParse(values);
  const where = (path: readonly PropertyKey[]): number => lineOf({ document, lines, path });
  if (!parsed.success) throw refused({ file, issues: parsed.error.issues, where });
  return { values: parsed.data, origin: (path) => `${file}:${where(path)}` };
}

function valuesOf(given: { document: Document; file: string }): unknown {
  try {
    return given.document.toJS() ?? {};
  } catch (cause) {
    // Aliases that unfold without bound are refused by the parser at this point.
    throw wrong({ file: given.file, line: 1, what: cause instanceof Error ? cause.message : String(cause) });
  }
}

function refused(given: { file: string; issues: readonly z.core.$ZodIssue[]; where: (path: readonly PropertyKey[]) => number }): Fault {
  const issue = given.issues[0];
  if (issue === undefined) return wrong({ file: given.file, line: 1, what: 'not a configuration' });
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
  const key = path.join('.');
  const what = issue.code === 'unrecognized_keys' ? `there is no key ${key}` : `${key === '' ? 'the file' : key}: ${issue.message}`;
  return wrong({ file: given.file, line: given.where(path), what });
}

function wrong(given: { file: string; line: number; what: string }): Fault {
  return new Fault({
    code: 'config',
    message: `${given.file}:${given.line}: ${given.what}`,
    hint: 'mend the file; `yardmaster config` shows every key with its value',
    data: { file: given.file, line: given.line },
  });
}

/** The line of the deepest part of the path that stands in the file; of a map's entry, the line of its key. */
function lineOf(given: { document: Document; lines: LineCounter; path: readonly PropertyKey[] }): number {
  let node: unknown = given.document.contents;
  let at = 0;
  for (const key of given.path) {
    const pair = isMap(node) ? node.items.find((item) => String(item.key) === String(key)) : undefined;
    const below: unknown = pair === undefined ? (isSeq(node) ? node.items[Number(key)] : undefined) : pair.value;
    const mark: unknown = pair === undefined ? below : pair.key;
    if (!isNode(mark) || mark.range == null) break;
    at = mark.range[0];
    node = below;
  }
  return given.lines.linePos(at).line;
}

const largest = 2 ** 20;

async function readText(file: string): Promise<string | null> {
  try {
    const { size } = await stat(file);
    // Looked at before it is read: parsing something that is no configuration could take minutes.
    if (size > largest) throw wrong({ file, line: 1, what: `${Math.ceil(size / 2 ** 20)} MiB are too much for a configuration` });
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
