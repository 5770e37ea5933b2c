// The submodules that a repository names, and which of them can be copied from: those that are checked out, or at least
// fetched.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RepoFacts } from '../ports/repo.ts';
import type { Git } from './git.ts';
import { shared } from './registry.ts';

/** Paths below `root`, as `.gitmodules` there lists them. A repository without that file costs no process. */
export async function submodulesOf(git: Git, given: { readonly root: string; readonly common: string }): Promise<RepoFacts['submodules']> {
  const { root, common } = given;
  const file = join(root, '.gitmodules');
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return { empty: [] };
  const args = ['config', '--file', file, '-z', '--get-regexp', String.raw`^submodule\..*\.path$`];
  const listed = (await git.maybe({ ...shared(common), args, kind: 'read' })) ?? '';
  const entries = listed.split('\0').flatMap((entry) => {
    const [key, path] = entry.split('\n', 2);
    return key === undefined || path === undefined ? [] : [{ name: key.slice('submodule.'.length, -'.path'.length), path }];
  });
  const isThere = ({ name, path }: { readonly name: string; readonly path: string }): boolean =>
    existsSync(join(root, path, '.git')) || existsSync(join(common, 'modules', name, 'HEAD'));
  return { empty: entries.flatMap((entry) => (isThere(entry) ? [] : [entry.path])) };
}
