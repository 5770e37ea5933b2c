// Decides which part of a repository's configuration has effect: all of it if a person trusted it as it is now; otherwise
// the part that needs no trust, and for the rest the version that was last trusted (core/security/trust.ts).
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nullFor } from '../core/fault.ts';
import type { McpServers } from '../core/own/mcp.ts';
import type { Settings } from '../core/settings.ts';
import { keysApart, reordered, sameData, splitByTrust, stillTrusted, type Tree } from '../core/security/trust.ts';
import type { Layer } from './layer.ts';
import { merge } from './merge.ts';
import { largestFile, repositoryConfigFile, repositorySources, type Env } from './paths.ts';
import { readText } from './read-text.ts';
import { isGiven, trustedFiles, type Files } from './trusted.ts';

export interface InForce {
  readonly layers: readonly Layer[];
  readonly servers: McpServers;
  readonly untrusted: Settings['untrusted'];
}

interface Given {
  readonly env: Env;
  readonly repo: string;
  /** The settings that hold without the repository's configuration. */
  readonly below: Tree;
}

const wholly: Settings['untrusted'] = { keys: [], before: false, text: '' };

/** Faults: `config`, for the files as they are now. */
export async function inForce(given: Given): Promise<InForce> {
  const { env, repo } = given;
  const now = await filesOf(repo);
  if (isGiven(env)) return { ...(await readParts(repo, now)), untrusted: wholly };
  return compared(given, { now, before: trustedFiles({ env, repo, now }) });
}

/** `before`: the files as they were trusted; null if never. Faults: `config`. */
export async function compared(given: Given, files: { readonly now: Files; readonly before: Files | null }): Promise<InForce> {
  const then = files.before === null ? null : await asTrusted(given.repo, files.before);
  const now = await readParts(given.repo, files.now);
  const trusted = then === null ? {} : splitByTrust({ values: then.values, below: given.below }).guarded;
  // Compared with the trusted values, so a limit that was raised with trust can be lowered without asking.
  const { free, guarded } = splitByTrust({ values: now.values, below: merge(given.below, trusted) });
  const { holds, gone } = stillTrusted({ trusted, values: now.values });
  const keys = [
    ...keysApart({}, guarded),
    ...gone,
    ...reordered(then?.values ?? {}, now.values),
    ...serversApart(then?.servers ?? {}, now.servers),
  ];
  if (keys.length === 0) return { ...now, untrusted: wholly };
  return {
    layers: [...(then === null ? [] : kept(then, holds)), ...now.layers.map((layer) => ({ ...layer, values: free }))],
    servers: then?.servers ?? {},
    untrusted: { keys, before: then !== null, text: createHash('sha256').update(JSON.stringify(files.now)).digest('hex') },
  };
}

/** The keys in these files that need trust. Faults: `config`. */
export async function guardedIn(given: Omit<Given, 'env'> & { readonly files: Files }): Promise<readonly string[]> {
  const { values, servers } = await readParts(given.repo, given.files);
  return [...keysApart({}, splitByTrust({ values, below: given.below }).guarded), ...serversApart({}, servers)];
}

/** All of a server's settings need trust, so its name suffices. */
function serversApart(one: McpServers, other: McpServers): readonly string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => !sameData(one[name], other[name])).map((name) => `servers.${name}`);
}

/** The files as they are in the repository now. Faults: `config`. */
export async function filesOf(repo: string): Promise<Files> {
  const [config, servers] = await Promise.all([textOf(repositoryConfigFile(repo)), textOf(serversFile(repo))]);
  return { config, servers };
}

export function serversFile(repo: string): string {
  return join(repositorySources(repo), 'mcp.yaml');
}

/** Most repositories have no such file, and learning that from the thread pool would take ten times as long. */
async function textOf(file: string): Promise<string | null> {
  return existsSync(file) ? readText({ file, largest: largestFile }) : null;
}

interface Parts {
  readonly layers: readonly Layer[];
  readonly values: Tree;
  readonly servers: McpServers;
}

// Parser and schema are loaded only if there is a file, because they are most of the program's code.
async function readParts(repo: string, { config, servers: described }: Files): Promise<Parts> {
  const layers = config === null ? [] : [(await import('./parse-file.ts')).parseFile({ file: repositoryConfigFile(repo), text: config })];
  const servers = described === null ? {} : (await import('./mcp-file.ts')).parseMcpFile({ file: serversFile(repo), text: described });
  return { layers, values: layers[0]?.values ?? {}, servers };
}

/** A trusted version that an older release stored and this one cannot read has no effect any more. */
async function asTrusted(repo: string, files: Files): Promise<Parts | null> {
  return readParts(repo, files).catch(nullFor('config'));
}

/** The trusted settings that still hold, as a layer. */
function kept({ layers }: Parts, values: Tree): readonly Layer[] {
  return layers.map(({ origin }) => ({ values, origin: (path) => `${origin(path)}, as you trusted it before` }));
}
