// Moves a worktree's branch onto what somebody else pushed meanwhile. Either it is done, or the worktree is as before.
import type { Git } from './git.ts';
import { gitReason } from './git-reason.ts';
import { identity } from './identity.ts';

/** Why it was not done; null when it was. */
export async function rebaseOnto(
  git: Git,
  given: { readonly worktree: string; readonly branch: string; readonly onto: string },
): Promise<string | null> {
  const { worktree, branch, onto } = given;
  const at = { cwd: worktree };
  const head = await git.maybe({ ...at, args: ['symbolic-ref', '--quiet', 'HEAD'], kind: 'read' });
  if (head !== `refs/heads/${branch}`) return `the worktree is not on ${branch}`;
  const changed = await git.run({
    ...at,
    args: ['status', '--porcelain=v1', '--untracked-files=no', '--ignore-submodules=none'],
    kind: 'read',
  });
  if (!changed.ok || changed.stdout !== '') return 'the worktree has uncommitted changes';
  // With merges kept: flattened, a merge of the default branch would replay other people's commits as ours.
  const options = [
    '--quiet',
    '--merge',
    '--rebase-merges',
    '--no-autostash',
    '--no-autosquash',
    '--no-gpg-sign',
    '--no-fork-point',
    '--no-stat',
    '--no-update-refs',
  ];
  const rebased = await git.run({ ...at, args: ['rebase', ...options, onto], env: await identity(git, at) });
  if (rebased.ok) return null;
  const conflicts = await git.maybe({ ...at, args: ['diff', '--name-only', '--diff-filter=U'], kind: 'read' });
  const why = conflicts ? `conflicts in ${conflicts.split('\n').slice(0, 5).join(', ')}` : gitReason(rebased);
  const aborted = await git.run({ ...at, args: ['rebase', '--abort'] });
  const stuck = !aborted.ok && (await git.maybe({ ...at, args: ['symbolic-ref', '--quiet', 'HEAD'], kind: 'read' })) !== head;
  return stuck ? `${why}; and the rebase could not be undone: ${gitReason(aborted)}` : why;
}
