// What of a repository's configuration holds: all of it where a person trusted it as it stands; else what needs no trust,
// and of the rest what they trusted last (core/trust.ts).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { McpServers } from '../core/mcp.ts';
import type { Settings } from '../core/settings.ts';
import { keysApart, sameData, splitByTrust, type Tree } from '../core/trust.ts';
import type { Layer } from './layer.ts';
import { isGiven, trustedFiles, type Files } from './trusted.ts';
import { largestFile, repositoryConfigFile, repositorySources, type Env } from './paths.ts';
import { readText } from './read-text.ts';

export interface InForce {
  readonly layers: readonly Layer[];
  readonly servers: McpServers;
  readonly untrusted: Settings['untrusted'];
}

interface Given {
  readonly env: Env;
  readonly repo: string;
  /** What holds without the repository's configuration. */
  readonly below: Tree;
}

const wholly: Settings['untrusted'] = { keys: [], before: false };

/** Faults: `config`, of the files as they stand. */
export async function inForce(given: Given): Promise<InForce> {
  const { env, repo } = given;
  const now = await readParts(given, await filesOf(repo));
  const files = trustedFiles({ env, repo });
  if (isGiven(env)) return { ...now, untrusted: wholly };
  const then = files === null ? null : await asTrusted(given, files);
  const keys = keysApart(then?.guarded ?? {}, now.guarded);
  if (keys.length === 0) return { ...now, untrusted: wholly };
  return {
    layers: [...now.layers.map((layer) => ({ ...layer, values: now.free })), ...(then === null ? [] : kept(then))],
    servers: then?.servers ?? {},
    untrusted: { keys, before: files !== null },
  };
}

/** What the files say that needs trust; empty: nothing. Faults: `config`. */
export async function guardedIn(given: Given & { readonly files: Files }): Promise<Tree> {
  return (await readParts(given, given.files)).guarded;
}

/** As they stand in the repository. Faults: `config`. */
export async function filesOf(repo: string): Promise<Files> {
  const [config, servers] = await Promise.all([textOf(repositoryConfigFile(repo)), textOf(serversFile(repo))]);
  return { config, servers };
}

export function serversFile(repo: string): string {
  return join(repositorySources(repo), 'mcp.yaml');
}

/** Most have none, and to be told so by the thread pool costs ten times as much. */
async function textOf(file: string): Promise<string | null> {
  return existsSync(file) ? readText({ file, largest: largestFile }) : null;
}

interface Parts {
  readonly layers: readonly Layer[];
  readonly servers: McpServers;
  readonly free: Tree;
  readonly guarded: Tree;
}

// Parser and schema are loaded only where there is a file: they are most of the program's code.
async function readParts({ repo, below }: Given, { config, servers: described }: Files): Promise<Parts> {
  const layers = config === null ? [] : [(await import('./parse-file.ts')).parseFile({ file: repositoryConfigFile(repo), text: config })];
  const servers = described === null ? {} : (await import('./mcp-file.ts')).parseMcpFile({ file: serversFile(repo), text: described });
  const { free, guarded } = splitByTrust({ values: layers[0]?.values ?? {}, below });
  return { layers, servers, free, guarded: sameData(servers, {}) ? guarded : { ...guarded, servers } };
}

/** What an older version wrote down and this one cannot read any more is in force no more. */
async function asTrusted(given: Given, files: Files): Promise<Parts | null> {
  return readParts(given, files).catch((error: unknown) => {
    if (error instanceof Fault) return null;
    throw error;
  });
}

/** The part of the trusted content that needed trust, as a layer over what needs none. */
function kept({ layers, guarded }: Parts): readonly Layer[] {
  const values = Object.fromEntries(Object.entries(guarded).filter(([key]) => key !== 'servers'));
  return layers.map(({ origin }) => ({ values, origin: (path) => `${origin(path)} as you trusted it` }));
}
