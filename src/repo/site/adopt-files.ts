// Copies the records of a linked worktree, which its worker could write to.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cp, lstat, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Git } from '../git.ts';
import { shared } from '../registry.ts';
import { filesBelow } from './git-files.ts';
import { timeOf } from './index-copy.ts';

/** Locks have no owner any more, and links and pipes contain nothing of a worker's work. */
export async function copyFiles(from: string, to: string): Promise<void> {
  await cp(from, to, {
    recursive: true,
    filter: async (path) => {
      const facts = await lstat(path);
      return (facts.isFile() || facts.isDirectory()) && !path.endsWith('.lock');
    },
  });
  for (const index of indexesIn(from)) {
    const seconds = await timeOf(join(from, index));
    await utimes(join(to, index), seconds, seconds);
  }
}

/**
 * The indexes of submodules are in folders below it. Relative paths; the empty one stands for `from` itself, if that is a
 * file.
 */
function indexesIn(from: string): readonly string[] {
  if (basename(from) === 'index') return [''];
  return filesBelow(from).filter((name) => basename(name) === 'index');
}

/** Copies a branch that is checked out somewhere in the worktree and is not its own. */
export async function copyBranch(
  git: Git,
  given: { readonly admin: string; readonly gitFolder: string; readonly branch: string },
): Promise<void> {
  const { admin, gitFolder, branch } = given;
  const args = ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}^{commit}`];
  const at = await git.maybe({ ...shared(admin), args, kind: 'read' });
  const file = join(gitFolder, 'refs/heads', branch);
  if (at === null || existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${at}\n`);
}
