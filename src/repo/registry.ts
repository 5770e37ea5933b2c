// Which linked worktrees a repository has, read from its own records (`worktrees/<id>` in the common folder). What a
// worktree says about itself (its `.git` file) is not believed: an agent may have removed or replaced it.
import { readFile, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { Git } from './git.ts';
import { gitReason } from './git-reason.ts';

export interface Linked {
  /** The repository's folder for this worktree: HEAD, index, operations in progress. */
  readonly admin: string;
  /** Where the worktree is, or was. */
  readonly path: string;
}

/** The folder that all worktrees of the repository share. Faults: `not-a-repository`. */
export async function commonFolder(git: Git, dir: string): Promise<string> {
  const answer = await git.run({ cwd: dir, args: ['rev-parse', '--path-format=absolute', '--git-common-dir'], kind: 'read' });
  if (answer.ok) return realpath(answer.stdout);
  throw new Fault({
    code: 'not-a-repository',
    message: /not a git repository/.test(answer.stderr)
      ? `${dir} is not in a git repository`
      : `${dir} cannot be read as a git repository: ${gitReason(answer)}`,
    hint: 'name a folder inside a git repository',
  });
}

/** For commands that concern the repository and none of its worktrees. */
export function shared(common: string): { readonly cwd: string; readonly env: Readonly<Record<string, string>> } {
  return { cwd: common, env: { GIT_DIR: common } };
}

export async function linkedWorktrees(common: string): Promise<readonly Linked[]> {
  const folder = join(common, 'worktrees');
  const ids = await readdir(folder).catch(none);
  const found: Linked[] = [];
  for (const id of ids ?? []) {
    const admin = join(folder, id);
    // Being made or removed by another process at this moment.
    const pointer = await readFile(join(admin, 'gitdir'), 'utf8').catch(none);
    if (pointer === null) continue;
    found.push({ admin, path: await canonical(dirname(resolve(admin, pointer.trim()))) });
  }
  return found;
}

/** The path with all symbolic links in its existing part resolved. */
export async function canonical(path: string): Promise<string> {
  const absolute = resolve(path);
  const real = await realpath(absolute).catch(none);
  if (real !== null) return real;
  const parent = dirname(absolute);
  return parent === absolute ? absolute : join(await canonical(parent), basename(absolute));
}

/** Both canonical. A path is within itself. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return !isAbsolute(way) && way.split(sep, 1)[0] !== '..';
}

/** For `catch`: null when the file or folder is not there; other errors stay errors. */
export function none(error: unknown): null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOENT' || code === 'ENOTDIR') return null;
  throw error;
}
