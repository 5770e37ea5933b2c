// Whether a configuration is as it was: of a supervisor with hundreds of repositories, reading and checking all of theirs
// again and again would be most of what it does at rest.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryConfigFile, repositorySources, userConfigFile, userSources, type Env } from './paths.ts';
import { trustedFile } from './trusted.ts';

/** Milliseconds. A file that was written so lately may be written once more without another time or size. */
const young = 2000;

/**
 * The same as long as none of the files is made, changed or taken away that `loadSettings` reads; null: one of them is so
 * young that a change of it might not show. Synchronous, because most are not there, and to be told so by the thread pool
 * costs ten times as much.
 */
export function settingsMark(given: { readonly env: Env; readonly repo: string; readonly now: number }): string | null {
  const { env, repo, now } = given;
  const sources = [userSources(env), repositorySources(repo)];
  const described = sources.map((source) => join(source, 'mcp.yaml'));
  const files = [userConfigFile(env), repositoryConfigFile(repo), trustedFile({ env, repo }), ...described];
  const marks: string[] = [];
  for (const path of [...files, ...sources.flatMap((source) => rolesIn(join(source, 'roles')))]) {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (found === undefined) marks.push('-');
    else if (Math.abs(now - Number(found.mtimeMs)) < young) return null;
    else marks.push(`${found.ino}-${found.size}-${found.mtimeNs}-${found.ctimeNs}`);
  }
  return marks.join(' ');
}

/** With the folder itself, which tells of those that come and go. */
function rolesIn(folder: string): readonly string[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [folder];
  return [folder, ...readdirSync(folder).map((name) => join(folder, name))];
}
