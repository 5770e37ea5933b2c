// Finds the repository that a folder is in, from its own files alone; no remote is asked.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { RepoPlace } from '../ports/repo.ts';
import type { Git } from './git.ts';
import { mainFolder } from './main-folder.ts';
import { commonFolder, none, refuseUnnamable, shared } from './registry.ts';

/** Faults: `not-a-repository`, `unusable-repository`, `empty-repository`. */
export async function findRepo(git: Git, given: { readonly dir: string; readonly remote: string }): Promise<RepoPlace> {
  refuseUnnamable(given.dir);
  const folder = await stat(given.dir).catch(none);
  if (folder === null || !folder.isDirectory()) {
    throw new Fault({ code: 'not-a-repository', message: `${given.dir} is not a folder`, hint: 'name a folder inside a git repository' });
  }
  const common = await commonFolder(git, given.dir);
  const root = await mainFolder(git, { dir: given.dir, common });
  await refuseEmpty(git, { common, root });
  const remotes = await remoteNames(git, common);
  return remotes.includes(given.remote)
    ? { root, common, remote: given.remote, otherRemotes: [] }
    : { root, common, remote: null, otherRemotes: remotes };
}

/** The files that the answer was read from. As long as they do not change, the answer holds. */
export function filesOf({ root, common }: RepoPlace): readonly string[] {
  return [join(root, '.git'), ...['config', 'config.worktree', 'HEAD'].map((file) => join(common, file))];
}

export async function remoteNames(git: Git, common: string): Promise<readonly string[]> {
  const names = await git.text({ ...shared(common), args: ['remote'], kind: 'read' });
  return names.split('\n').filter((name) => name !== '');
}

async function refuseEmpty(git: Git, given: { readonly common: string; readonly root: string }): Promise<void> {
  const at = shared(given.common);
  const head = await git.maybe({ ...at, args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], kind: 'read' });
  if (head !== null) return;
  const any = await git.text({ ...at, args: ['for-each-ref', '--count=1', 'refs/heads', 'refs/remotes'], kind: 'read' });
  if (any !== '') return;
  throw new Fault({ code: 'empty-repository', message: `${given.root} has no commit yet`, hint: 'make a first commit, to branch from' });
}
