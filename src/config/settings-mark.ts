// Whether a configuration is as it was: of a supervisor with hundreds of repositories, reading and checking all of theirs
// again and again would be most of what it does at rest.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryConfigFile, repositorySources, userConfigFile, userSources, type Env } from './paths.ts';
import { folderMark, trustedFile } from './trusted.ts';

/** Milliseconds. A file that was written so lately may be written once more without another time or size. */
const young = 2000;

/**
 * The same as long as none of the files is made, changed or taken away that `loadSettings` reads; null: one of them is so
 * young that a change of it might not show. Synchronous, because most are not there, and to be told so by the thread pool
 * costs ten times as much.
 */
export function settingsMark(given: { readonly env: Env; readonly repo: string; readonly now: number }): string | null {
  const { repo, now } = given;
  const { files, roles, trusted } = pathsOf(given);
  const marks: string[] = [];
  for (const path of [...files, ...roles.flatMap(rolesIn)]) {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (found === undefined) marks.push('-');
    else if (Math.abs(now - Number(found.mtimeMs)) < young) return null;
    else marks.push(`${found.ino}-${found.size}-${found.mtimeNs}-${found.ctimeNs}`);
    // What was trusted there holds for that repository alone.
    if (path === trusted && found !== undefined) marks.push(folderMark(repo));
  }
  return marks.join(' ');
}

interface Paths {
  readonly files: readonly string[];
  /** Folders. */
  readonly roles: readonly string[];
  /** One of the files. */
  readonly trusted: string;
}

/** By environment and repository: to put them together anew took as long as all the looks at files that are not there. */
const known = new WeakMap<Env, Map<string, Paths>>();

function pathsOf({ env, repo }: { readonly env: Env; readonly repo: string }): Paths {
  const ofEnv = known.get(env) ?? new Map<string, Paths>();
  known.set(env, ofEnv);
  const found = ofEnv.get(repo) ?? makePaths({ env, repo });
  ofEnv.set(repo, found);
  return found;
}

function makePaths({ env, repo }: { readonly env: Env; readonly repo: string }): Paths {
  const sources = [userSources(env), repositorySources(repo)];
  const trusted = trustedFile({ env, repo });
  return {
    files: [userConfigFile(env), repositoryConfigFile(repo), trusted, ...sources.map((source) => join(source, 'mcp.yaml'))],
    roles: sources.map((source) => join(source, 'roles')),
    trusted,
  };
}

/** With the folder itself, which tells of those that come and go. */
function rolesIn(folder: string): readonly string[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [folder];
  return [folder, ...readdirSync(folder).map((name) => join(folder, name))];
}
