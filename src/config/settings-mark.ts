// Detects whether a configuration changed. With hundreds of repositories, reading and validating all configurations again
// and again would be most of an idle supervisor's work.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryConfigFile, repositorySources, userConfigFile, userSources, type Env } from './paths.ts';
import { folderMark, trustedFile } from './trusted.ts';

/** In milliseconds. A file that was written this recently may be written again without a change of its time or size. */
const young = 2000;

/**
 * A text that stays the same as long as no file that `loadSettings` reads is created, changed or removed. Null if one of
 * the files is so recent that a change of it might not show. Synchronous, because most of the files do not exist, and
 * learning that from the thread pool would take ten times as long.
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
    // What was trusted there counts only for that repository.
    if (path === trusted && found !== undefined) marks.push(folderMark(repo));
  }
  return marks.join(' ');
}

interface Paths {
  readonly files: readonly string[];
  /** Folders of roles. */
  readonly roles: readonly string[];
  /** The file that records the trust. */
  readonly trusted: string;
}

/** By environment and repository: composing the paths each time took as long as all the checks for missing files. */
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

/** The folder itself is included, because its time changes when files are added or removed. */
function rolesIn(folder: string): readonly string[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [folder];
  return [folder, ...readdirSync(folder).map((name) => join(folder, name))];
}
