// What a repository is: its main worktree's top folder, its remote, its default branch, and the branch names in it.
// Reads only; the remote is asked only when no local reference tells its default branch.
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { RepoFacts } from '../ports/repo.ts';
import type { Git } from './git.ts';
import { branchAt, commonFolder, linkAt, none, shared } from './registry.ts';

/** `files`: what it was read from in the repository. */
export async function describeRepo(
  git: Git,
  given: { readonly dir: string; readonly remote: string },
): Promise<{ facts: RepoFacts; files: readonly string[] }> {
  const folder = await stat(given.dir).catch(none);
  if (folder === null || !folder.isDirectory()) {
    throw new Fault({ code: 'not-a-repository', message: `${given.dir} is not a folder`, hint: 'name a folder inside a git repository' });
  }
  const common = await commonFolder(git, given.dir);
  const root = await mainFolder(git, { dir: given.dir, common });
  await refuseEmpty(git, { common, root });
  const remotes = await remoteNames(git, common);
  const remote = remotes.includes(given.remote) ? given.remote : null;
  const defaultBranch = (await remoteDefault(git, { common, remote })) ?? (await checkedOut(git, root));
  const files = ['config', 'HEAD', `refs/remotes/${given.remote}/HEAD`].map((file) => resolve(common, file));
  return { facts: { root, common, remote, defaultBranch }, files };
}

export async function remoteNames(git: Git, common: string): Promise<readonly string[]> {
  const names = await git.text({ ...shared(common), args: ['remote'], kind: 'read' });
  return names.split('\n').filter((name) => name !== '');
}

/** The names of local branches, and of remote-tracking ones without their remote's name. */
export async function takenNames(git: Git, common: string): Promise<readonly string[]> {
  const listed = await git.text({
    ...shared(common),
    args: ['for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/remotes'],
    kind: 'read',
  });
  const spaces = ['refs/heads/', ...(await remoteNames(git, common)).map((remote) => `refs/remotes/${remote}/`)];
  return listed.split('\n').flatMap((ref) => spaces.filter((space) => ref.startsWith(space)).map((space) => ref.slice(space.length)));
}

/** Null: no linked worktree's top folder. What the folder itself says is checked against its repository's records. */
export async function describeWorktree(git: Git, path: string): Promise<{ root: string; branch: string | null } | null> {
  const link = linkAt(path);
  if (link === null) return null;
  return { root: await mainFolder(git, { dir: link.path, common: link.common }), branch: await branchAt(git, link.admin) };
}

/** From a linked worktree the main one is not told by git itself in all layouts, so it is derived from the common folder. */
async function mainFolder(git: Git, given: { readonly dir: string; readonly common: string }): Promise<string> {
  const { dir, common } = given;
  const config = async (type: string, key: string): Promise<string | null> =>
    git.maybe({ ...shared(common), args: ['config', '--file', resolve(common, 'config'), `--type=${type}`, '--get', key], kind: 'read' });
  const configured = await config('path', 'core.worktree');
  if (configured !== null) return realpath(resolve(common, configured));
  if ((await config('bool', 'core.bare')) === 'true') {
    throw new Fault({
      code: 'not-a-repository',
      message: `${dir} belongs to a bare repository, which has no checkout of its own`,
      hint: 'clone it, and name the clone',
    });
  }
  const own = await git.maybe({
    cwd: dir,
    args: ['rev-parse', '--path-format=absolute', '--absolute-git-dir', '--show-toplevel'],
    kind: 'read',
  });
  const [gitFolder, top] = own?.split('\n') ?? [];
  if (top !== undefined && gitFolder !== undefined && (await realpath(gitFolder)) === common) return realpath(top);
  if (basename(common) === '.git') return dirname(common);
  throw new Fault({
    code: 'not-a-repository',
    message: `${dir} does not tell where its repository's main worktree is`,
    hint: 'name the main worktree instead of a linked one',
  });
}

async function refuseEmpty(git: Git, given: { readonly common: string; readonly root: string }): Promise<void> {
  const at = shared(given.common);
  const head = await git.maybe({ ...at, args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], kind: 'read' });
  if (head !== null) return;
  const any = await git.text({ ...at, args: ['for-each-ref', '--count=1', 'refs/heads', 'refs/remotes'], kind: 'read' });
  if (any !== '') return;
  throw new Fault({ code: 'empty-repository', message: `${given.root} has no commit yet`, hint: 'make a first commit, to branch from' });
}

async function remoteDefault(git: Git, given: { readonly common: string; readonly remote: string | null }): Promise<string | null> {
  const { common, remote } = given;
  if (remote === null) return null;
  const at = shared(common);
  const prefix = `refs/remotes/${remote}/`;
  const recorded = await git.maybe({ ...at, args: ['symbolic-ref', '--quiet', `${prefix}HEAD`], kind: 'read' });
  if (recorded?.startsWith(prefix)) {
    // After a rename and a prune the record points at nothing.
    const stands = await git.maybe({ ...at, args: ['rev-parse', '--verify', '--quiet', `${recorded}^{commit}`], kind: 'read' });
    if (stands !== null) return recorded.slice(prefix.length);
  }
  const answered = await git.maybe({ ...at, args: ['ls-remote', '--symref', '--', remote, 'HEAD'], kind: 'network' });
  return /^ref: refs\/heads\/(.+)\tHEAD$/m.exec(answered ?? '')?.[1] ?? null;
}

async function checkedOut(git: Git, root: string): Promise<string> {
  const ref = await git.maybe({ cwd: root, args: ['symbolic-ref', '--quiet', 'HEAD'], kind: 'read' });
  if (ref?.startsWith('refs/heads/')) return ref.slice('refs/heads/'.length);
  throw new Fault({
    code: 'detached-head',
    message: `${root} has no branch checked out, and no remote tells its default branch`,
    hint: 'check out the branch to work from',
  });
}
