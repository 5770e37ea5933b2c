// Moves a site's branch onto what somebody else pushed meanwhile, through the reader. Either it is done, or the checkout is
// as before.
import type { Git } from '../git.ts';
import { gitReason } from '../git-reason.ts';
import { identity } from '../identity.ts';
import { refTip } from './git-files.ts';
import { moveBranch } from './leftovers.ts';
import { inside, latin1, through, withItsObjects, type Site } from './record.ts';
import { treeFacts } from './tree.ts';

/** Why it was not done; null when it was. */
export async function rebaseOnto(
  git: Git,
  given: { readonly site: Site; readonly commit: string; readonly onto: string },
): Promise<string | null> {
  const { site, commit, onto } = given;
  const facts = await treeFacts(git, { site, base: site.base });
  if (facts.head !== commit) return 'the branch in the checkout was moved meanwhile';
  if (facts.staged.length > 0 || facts.changes.some(({ tracked }) => tracked)) return 'the checkout has uncommitted changes';
  // With merges kept: flattened, a merge of the default branch would replay other people's commits as ours.
  const options = [
    ...['--quiet', '--merge', '--rebase-merges', '--no-autostash', '--no-autosquash'],
    ...['--no-gpg-sign', '--no-fork-point', '--no-stat', '--no-update-refs'],
  ];
  const at = withItsObjects(through(site), site);
  const settings = ['-c', 'diff.ignoreSubmodules=dirty', '-c', 'submodule.recurse=false'];
  const rebased = await git.run({
    ...at,
    env: { ...at.env, ...(await identity(git, inside(site))) },
    args: [...settings, 'rebase', ...options, onto],
  });
  const moved = refTip(site.reader, `refs/heads/${latin1(site.branch)}`);
  if (rebased.ok && moved !== null) {
    moveBranch(site, moved);
    return null;
  }
  const conflicts = await git.maybe({ ...at, args: ['diff', '--name-only', '--diff-filter=U', '--ignore-submodules=dirty'], kind: 'read' });
  const why = conflicts ? `conflicts in ${conflicts.split('\n').slice(0, 5).join(', ')}` : gitReason(rebased);
  const aborted = await git.run({ ...at, args: [...settings, 'rebase', '--abort'] });
  return aborted.ok ? why : `${why}; and the rebase could not be undone: ${gitReason(aborted)}`;
}
