// Which branch names are taken in a repository: asked of its files where they tell plainly, and of git only after a refusal.
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { remoteNames } from '../find-repo.ts';
import type { Git } from '../git.ts';
import { shared } from '../registry.ts';
import { filesBelow } from './git-files.ts';

/** Is there a local branch of this name, one that is a folder of its name, or one below it? */
export async function isTaken(git: Git, given: { readonly common: string; readonly branch: string }): Promise<boolean> {
  const { common, branch } = given;
  if (existsSync(join(common, 'reftable'))) {
    const answer = await git.run({ ...shared(common), args: ['show-ref', '--verify', '--quiet', `refs/heads/${branch}`], kind: 'read' });
    return answer.ok;
  }
  const heads = join(common, 'refs/heads');
  const above = [];
  for (let name = dirname(branch); name !== '.' && name !== '/'; name = dirname(name)) above.push(name);
  // A folder may be what a deleted branch left.
  if (isFile(join(heads, branch)) || filesBelow(join(heads, branch)).length > 0 || above.some((name) => isFile(join(heads, name))))
    return true;
  const packed = packedRefs(common);
  return (
    packed.includes(` refs/heads/${branch}\n`) ||
    packed.includes(` refs/heads/${branch}/`) ||
    above.some((name) => packed.includes(` refs/heads/${name}\n`))
  );
}

/** One of the names beside which git cannot have the branch, because one of both would be a folder and the other a file in it; null: none. */
export function inTheWay(branch: string, names: readonly string[]): string | null {
  return names.find((name) => branch.startsWith(`${name}/`) || name.startsWith(`${branch}/`)) ?? null;
}

/** The names of local branches, of those that sites have, and of remote-tracking ones without their remote's name. */
export async function takenNames(git: Git, common: string): Promise<readonly string[]> {
  const listed = await git.text({
    ...shared(common),
    args: ['for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/remotes', 'refs/yardmaster/base'],
    kind: 'read',
  });
  const remotes = (await remoteNames(git, common)).map((remote) => `refs/remotes/${remote}/`);
  const spaces = ['refs/heads/', 'refs/yardmaster/base/', ...remotes];
  return listed.split('\n').flatMap((ref) => spaces.filter((space) => ref.startsWith(space)).map((space) => ref.slice(space.length)));
}

function isFile(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}

function packedRefs(common: string): string {
  const file = join(common, 'packed-refs');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
