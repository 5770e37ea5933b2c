// Which branch names are in use in a repository: read from its files if they tell; git is asked only after a refusal.
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { remoteNames } from '../find-repo.ts';
import type { Git } from '../git.ts';
import { shared } from '../registry.ts';
import { filesBelow } from './git-files.ts';

/** Whether there is a local branch of this name, one that would be a folder in its path, or one below it. */
export async function isTaken(git: Git, given: { readonly common: string; readonly branch: string }): Promise<boolean> {
  const { common, branch } = given;
  if (existsSync(join(common, 'reftable'))) {
    const answer = await git.run({ ...shared(common), args: ['show-ref', '--verify', '--quiet', `refs/heads/${branch}`], kind: 'read' });
    return answer.ok;
  }
  const heads = join(common, 'refs/heads');
  const above = [];
  for (let name = dirname(branch); name !== '.' && name !== '/'; name = dirname(name)) above.push(name);
  // A folder may be left over from a deleted branch.
  if (isFile(join(heads, branch)) || filesBelow(join(heads, branch)).length > 0 || above.some((name) => isFile(join(heads, name))))
    return true;
  const packed = packedRefs(common);
  return (
    packed.includes(` refs/heads/${branch}\n`) ||
    packed.includes(` refs/heads/${branch}/`) ||
    above.some((name) => packed.includes(` refs/heads/${name}\n`))
  );
}

/**
 * A name beside which git cannot have the branch, because one of the two would be a folder and the other a file in it;
 * null if there is none.
 */
export function inTheWay(branch: string, names: readonly string[]): string | null {
  return names.find((name) => branch.startsWith(`${name}/`) || name.startsWith(`${branch}/`)) ?? null;
}

/** The names of local branches, of the sites' branches, and of remote-tracking branches without their remote's name. */
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
