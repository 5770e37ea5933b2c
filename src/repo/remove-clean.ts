// The short way for a worktree in which nothing can be lost: all of it is committed, and its commits are safe. Anything
// that is not plainly so (an operation in progress, a file or lock that is not known, hidden index bits, submodules, a
// nested worktree, another branch) is left to the long way, which saves. Git itself looks for changes once more, at
// the moment of the removal.
import { access, readdir } from 'node:fs/promises';
import { deleteFolder } from './delete-folder.ts';
import type { Git } from './git.ts';
import { unsafeTips } from './proof.ts';
import type { ProofGiven } from './proof.ts';
import { branchAt, isWithin, linkedWorktrees, shared } from './registry.ts';
import type { Linked } from './registry.ts';

/** What git keeps of a worktree in which nothing is going on. COMMIT_EDITMSG and ORIG_HEAD are left by what has ended. */
const ordinary = new Set(['HEAD', 'ORIG_HEAD', 'COMMIT_EDITMSG', 'FETCH_HEAD', 'commondir', 'gitdir', 'index', 'logs', 'refs']);

export interface CleanGiven {
  readonly linked: Linked;
  readonly branch: string;
  readonly tip: string;
  /** The remote said that it has this commit, and the branch stays. */
  readonly arrived: boolean;
  readonly proof: ProofGiven;
}

/** Whether it was removed, with its registration. */
export async function removeClean(git: Git, given: CleanGiven): Promise<boolean> {
  const { linked, tip, proof } = given;
  if (!(await isPlain(git, given))) return false;
  if (!given.arrived && (await unsafeTips(git, { ...proof, tips: [tip] })).length > 0) return false;
  const settings = ['status.showUntrackedFiles=all', 'core.trustctime=true', 'core.checkStat=default', 'core.untrackedCache=false'];
  const answer = await git.run({
    ...shared(proof.common),
    // The status that it asks for first must not write the index anew.
    env: { GIT_DIR: proof.common, GIT_OPTIONAL_LOCKS: '0' },
    args: [...settings.flatMap((setting) => ['-c', setting]), 'worktree', 'remove', '--', linked.path],
  });
  if (answer.ok) return true;
  // Refused: the registration stands. Else git found it clean and began, but folders without write permission stopped it.
  const refused = await access(linked.admin).then(
    () => true,
    () => false,
  );
  if (!refused) await deleteFolder(linked.path);
  return !refused;
}

async function isPlain(git: Git, given: CleanGiven): Promise<boolean> {
  const { linked, branch, proof } = given;
  if ((await branchAt(git, linked.admin)) !== branch) return false;
  for (const entry of await readdir(linked.admin, { withFileTypes: true })) {
    if (!ordinary.has(entry.name)) return false;
    // References that belong to this worktree alone (a bisection's, a rebase's).
    if (
      entry.name === 'refs' &&
      (await readdir(`${linked.admin}/refs`, { recursive: true, withFileTypes: true })).some((one) => one.isFile())
    )
      return false;
  }
  const others = linkedWorktrees(proof.common);
  if (others.some((other) => other.path !== linked.path && isWithin(linked.path, other.path))) return false;
  const at = { cwd: linked.path, env: { GIT_DIR: linked.admin, GIT_WORK_TREE: linked.path } };
  // `H` is a plain entry: small letters and `S` are bits that hide changes; 160000 is a link to another repository.
  const listed = await git.maybe({ ...at, args: ['ls-files', '-v', '--stage', '-z'], kind: 'read' });
  return listed?.split('\0').every((record) => record === '' || /^H 1[02]0/.test(record)) ?? false;
}
