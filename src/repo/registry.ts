// Which linked worktrees a repository has and where its branches are, read from its own records: files whose form
// gitrepository-layout(5) documents; git itself is asked where they do not tell plainly. What a worktree says about
// itself (its `.git` file) is not believed alone: an agent may have removed or replaced it.
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

/** The linked worktree whose top folder this is: its `.git` file and its repository's records name each other. Else null. */
export async function linkAt(path: string): Promise<(Linked & { readonly common: string }) | null> {
  const place = await canonical(path);
  const pointer = /^gitdir: (.+)$/m.exec((await content(join(place, '.git'))) ?? '')?.[1];
  if (pointer === undefined) return null;
  const admin = await canonical(resolve(place, pointer));
  const [back, way] = await Promise.all([content(join(admin, 'gitdir')), content(join(admin, 'commondir'))]);
  if (back === null || way === null) return null;
  const common = await canonical(resolve(admin, way.trim()));
  const agreed = dirname(admin) === join(common, 'worktrees') && (await canonical(dirname(resolve(admin, back.trim())))) === place;
  return agreed ? { admin, path: place, common } : null;
}

/** The branch that is checked out; null for none. */
export async function branchAt(git: Git, admin: string): Promise<string | null> {
  const plain = /^ref: refs\/heads\/(.+)\n$/.exec((await content(join(admin, 'HEAD'))) ?? '')?.[1];
  // What a repository with reftables has there for old programs.
  if (plain !== undefined && plain !== '.invalid') return plain;
  const ref = await git.maybe({ ...shared(admin), args: ['symbolic-ref', '--quiet', 'HEAD'], kind: 'read' });
  return ref?.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : null;
}

/** The commit that a local branch is at; null when there is no such branch. */
export async function branchTip(git: Git, given: { readonly common: string; readonly branch: string }): Promise<string | null> {
  const ref = `refs/heads/${given.branch}`;
  // A loose reference goes before a packed one of the same name.
  const loose = /^([0-9a-f]{40}|[0-9a-f]{64})\n$/.exec((await content(join(given.common, ref))) ?? '')?.[1];
  if (loose !== undefined) return loose;
  return git.maybe({ ...shared(given.common), args: ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], kind: 'read' });
}

/** Null when there is no such file. */
async function content(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch((error: unknown) => (codeOf(error) === 'EISDIR' ? null : none(error)));
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
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return null;
  throw error;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}
