// The linked worktrees and branches of a repository, read from its own files, whose format gitrepository-layout(5)
// documents; git is asked where these files do not tell. A worktree's own `.git` file is not trusted alone, because an
// agent may have removed or replaced it. Files are read synchronously: measured, a file of one line costs 10 µs of CPU this
// way, and 150 µs through the thread pool.
import { existsSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { Git, GitAnswer } from './git.ts';
import { gitReason } from './git-reason.ts';

export interface Linked {
  /** The repository's folder for this worktree: HEAD, index, operations in progress. */
  readonly admin: string;
  /** Where the worktree is, or was. */
  readonly path: string;
}

/** The folder that all worktrees of the repository share. Faults: `not-a-repository`, `unusable-repository`. */
export async function commonFolder(git: Git, dir: string): Promise<string> {
  const answer = await git.run({ cwd: dir, args: ['rev-parse', '--path-format=absolute', '--git-common-dir'], kind: 'read' });
  if (!answer.ok) throw notFound({ dir, answer });
  refuseUnnamable(answer.stdout);
  refuseElsewhere(answer.stdout);
  return realpathSync.native(answer.stdout);
}

/**
 * A path that is not UTF-8 cannot be passed on, not even to git: converted to text, it names nothing. Faults:
 * `unusable-repository`.
 */
export function refuseUnnamable(path: string): void {
  if (!path.includes('\ufffd') || existsSync(path)) return;
  throw new Fault({
    code: 'unusable-repository',
    message: `the name of a folder in ${path} is not UTF-8, which Yardmaster does not support`,
    hint: 'rename that folder',
  });
}

/**
 * Git 2.54 and newer can keep references in any folder, but this program looks for them in the git folder. Faults: as
 * above.
 */
function refuseElsewhere(common: string): void {
  const config = orNull(() => readFileSync(join(common, 'config'), 'utf8'));
  const where = /^\s*refstorage\s*=\s*(\S*:\/\/.*)$/im.exec(config ?? '')?.[1];
  if (where === undefined) return;
  throw new Fault({
    code: 'unusable-repository',
    message: `the references of ${common} are kept elsewhere (extensions.refStorage is ${where}), where Yardmaster does not look`,
    hint: 'work with a clone that keeps them in its own git folder',
  });
}

const nameOne = 'give a folder inside a git repository';

/** Git's refusal of a repository that belongs to another user (since 2.35.2), with the command that it suggests. */
const anotherOwner = /detected dubious ownership in repository at '([^\n]+)'|unsafe repository \('([^\n]+)' is owned by someone else\)/;
const exception = /^\s*(git config --global --add safe\.directory .+)$/m;

function notFound({ dir, answer }: { readonly dir: string; readonly answer: GitAnswer }): Fault {
  const { stderr } = answer;
  if (!existsSync(dir)) return new Fault({ code: 'not-a-repository', message: `${dir} is not a folder`, hint: nameOne });
  const [, now, before] = anotherOwner.exec(stderr) ?? [];
  const owned = now ?? before;
  if (owned !== undefined) {
    return new Fault({
      code: 'unusable-repository',
      message: `git does not work in ${owned}, because it belongs to another user`,
      hint: `if you trust its content, run: ${exception.exec(stderr)?.[1] ?? `git config --global --add safe.directory '${owned}'`}`,
    });
  }
  if (/not a git repository \(or any/.test(stderr)) {
    return new Fault({
      code: 'not-a-repository',
      message: `${dir} is not in a git repository`,
      hint: nameOne,
    });
  }
  const extensions = /unknown repository extensions? found:((?:\s+[\w.-]+)+)/.exec(stderr)?.[1]?.trim().split(/\s+/);
  if (extensions !== undefined) {
    return new Fault({
      code: 'unusable-repository',
      message: `${dir} was made with a newer git: the git that is installed does not know its ${extensions.map((name) => `extensions.${name}`).join(', ')}`,
      hint: 'install a newer git (refstorage, which is reftable, needs 2.45); nothing was changed',
    });
  }
  const lost = lostFolder(dir);
  return new Fault({
    code: 'unusable-repository',
    message: `${dir} cannot be read as a git repository: ${lost === null ? gitReason(answer) : `${lost} does not exist`}`,
    hint: `run git there to see the problem: git -C '${dir}' status`,
  });
}

/** The folder that the `.git` file found from there points to, if it does not exist. Git 2.55 does not name it. */
function lostFolder(dir: string): string | null {
  const dotGit = join(dir, '.git');
  if (!existsSync(dotGit)) return dirname(dir) === dir ? null : lostFolder(dirname(dir));
  const pointer = /^gitdir: (.+)$/m.exec(content(dotGit) ?? '')?.[1];
  const folder = pointer === undefined ? null : resolve(dir, pointer);
  return folder === null || existsSync(folder) ? null : folder;
}

/** For commands that concern the repository but none of its worktrees. */
export function shared(common: string): { readonly cwd: string; readonly env: Readonly<Record<string, string>> } {
  return { cwd: common, env: { GIT_DIR: common } };
}

/**
 * The linked worktree with this top folder, if its `.git` file and the records of its repository name each other; else
 * null.
 */
export function linkAt(path: string): (Linked & { readonly common: string }) | null {
  const place = canonical(path);
  const pointer = /^gitdir: (.+)$/m.exec(content(join(place, '.git')) ?? '')?.[1];
  if (pointer === undefined) return null;
  const admin = canonical(resolve(place, pointer));
  const [back, way] = [content(join(admin, 'gitdir')), content(join(admin, 'commondir'))];
  if (back === null || way === null) return null;
  const common = canonical(resolve(admin, way.trim()));
  const agreed = dirname(admin) === join(common, 'worktrees') && canonical(dirname(resolve(admin, back.trim()))) === place;
  return agreed ? { admin, path: place, common } : null;
}

/**
 * The common folder of the repository that the folder's own `.git` (a folder, a link or a file) leads to; null if there
 * is none.
 */
export function leadsTo(folder: string): string | null {
  const dotGit = join(folder, '.git');
  const pointer = /^gitdir: (.+)$/m.exec(content(dotGit) ?? '')?.[1];
  const own = canonical(pointer === undefined ? dotGit : resolve(folder, pointer));
  if (content(join(own, 'HEAD')) === null) return null;
  const way = content(join(own, 'commondir'));
  return way === null ? own : canonical(resolve(own, way.trim()));
}

/** The branch that is checked out; null if there is none. */
export async function branchAt(git: Git, admin: string): Promise<string | null> {
  const plain = /^ref: refs\/heads\/(.+)\n$/.exec(content(join(admin, 'HEAD')) ?? '')?.[1];
  // `.invalid` stands there for old programs in a repository with reftables.
  if (plain !== undefined && plain !== '.invalid') return plain;
  const ref = await git.maybe({ ...shared(admin), args: ['symbolic-ref', '--quiet', 'HEAD'], kind: 'read' });
  return ref?.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : null;
}

/** The commit of a local branch; null if there is no such branch. */
export function branchTip(git: Git, given: { readonly common: string; readonly branch: string }): Promise<string | null> {
  return localTip(git, { common: given.common, ref: `refs/heads/${given.branch}` });
}

/**
 * The object that a reference points to; null if there is no such reference. Read from the repository's files if they
 * tell.
 */
export async function localTip(git: Git, given: { readonly common: string; readonly ref: string }): Promise<string | null> {
  const { common, ref } = given;
  // A loose reference takes precedence over a packed one of the same name.
  const loose = content(join(common, ref));
  const id = /^([0-9a-f]{40}|[0-9a-f]{64})\n$/.exec(loose ?? '')?.[1];
  if (id !== undefined) return id;
  if (loose === null && !existsSync(join(common, 'reftable'))) {
    const file = join(common, 'packed-refs');
    // An exception for a missing file would cost ten times as much as the check.
    const packed = existsSync(file) ? orNull(() => readFileSync(file, 'utf8')) : null;
    return new RegExp(`^([0-9a-f]+) ${escaped(ref)}$`, 'm').exec(packed ?? '')?.[1] ?? null;
  }
  return git.maybe({ ...shared(common), args: ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], kind: 'read' });
}

export function linkedWorktrees(common: string): readonly Linked[] {
  const folder = join(common, 'worktrees');
  return (orNull(() => readdirSync(folder)) ?? []).flatMap((id) => {
    const admin = join(folder, id);
    // If the file is missing, another process is creating or removing the worktree at this moment.
    const pointer = content(join(admin, 'gitdir'));
    return pointer === null ? [] : [{ admin, path: canonical(dirname(resolve(admin, pointer.trim()))) }];
  });
}

/** The path with all symbolic links in its existing part resolved. */
export function canonical(path: string): string {
  const absolute = resolve(path);
  const real = orNull(() => realpathSync.native(absolute));
  if (real !== null) return real;
  const parent = dirname(absolute);
  return parent === absolute ? absolute : join(canonical(parent), basename(absolute));
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/**
 * Null if there is no such file. Anything but a small regular file cannot be git's, and reading a pipe in its place would
 * wait for ever.
 */
function content(file: string): string | null {
  const facts = statSync(file, { throwIfNoEntry: false });
  if (facts?.isFile() !== true || facts.size >= 10_000) return null;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    // Another process may put a folder in its place meanwhile, for example when it turns a linked worktree into a site.
    return error instanceof Error && 'code' in error && error.code === 'EISDIR' ? null : none(error);
  }
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    return none(error);
  }
}

/** Both must be canonical. A path is within itself. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return !isAbsolute(way) && way.split(sep, 1)[0] !== '..';
}

/** For `catch`: null if there is no such file or folder; other errors are thrown again. */
export function none(error: unknown): null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOENT' || code === 'ENOTDIR') return null;
  throw error;
}
