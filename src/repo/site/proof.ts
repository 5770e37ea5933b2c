// Proves that commits of a site would not be lost with it: they can be reached from what a remote says it has at this
// moment, from what we fetched from it, or (without a remote) from local branches and tags that stay. A remote-tracking
// branch proves nothing, because the branch may have been deleted at the remote since.
import { fetchedRefs } from '../fetch.ts';
import type { Git } from '../git.ts';
import { shared } from '../registry.ts';
import type { Reach } from '../remote-address.ts';
import { remoteHeads } from '../remote-heads.ts';

export interface ProofGiven {
  readonly common: string;
  /** Where all commits in question are visible: the site's reader, or the repository itself. */
  readonly view: { readonly cwd: string; readonly env: Readonly<Record<string, string>> };
  readonly remote: string | null;
  readonly reach: Reach;
  /** The local branch that is about to be deleted; null if none is. */
  readonly doomed: string | null;
  /** Commits that stay in any case. */
  readonly kept: readonly string[];
}

/** Those tips that are not proven to be safe. */
export async function unsafeTips(git: Git, given: ProofGiven & { readonly tips: readonly string[] }): Promise<readonly string[]> {
  const { common, remote, doomed, kept, view } = given;
  const tips = [...new Set(given.tips)].filter((tip) => !kept.includes(tip));
  if (tips.length === 0) return [];
  const spaces = remote === null ? ['refs/heads', 'refs/tags'] : [fetchedRefs(remote)];
  const listed = await git.text({
    ...shared(common),
    args: ['for-each-ref', '--format=%(objectname) %(refname)', ...spaces],
    kind: 'read',
  });
  const local = listed.split('\n').flatMap((line) => {
    const [commit, ref] = line.split(' ', 2);
    return commit === undefined || commit === '' || ref === `refs/heads/${doomed}` ? [] : [commit];
  });
  const open = await notReached(git, { view, tips, safe: [...local, ...kept] });
  // The network is asked only if the answer matters.
  if (remote === null || open.length === 0) return open;
  const heads = await remoteHeads(git, { common, remote, reach: given.reach });
  return notReached(git, { view, tips: open, safe: heads.flatMap((one) => [...one.heads.values()]) });
}

async function notReached(
  git: Git,
  given: { readonly view: ProofGiven['view']; readonly tips: readonly string[]; readonly safe: readonly string[] },
): Promise<readonly string[]> {
  const { view, tips, safe } = given;
  const reached = async (some: readonly string[]): Promise<boolean> => {
    const input = [...some, ...safe.map((commit) => `^${commit}`), ''].join('\n');
    // Commits that the remote has and we do not prove nothing and are ignored, as are commits that a log names and that no
    // longer exist.
    const args = ['rev-list', '--max-count=1', '--ignore-missing', '--stdin'];
    return (await git.text({ ...view, args, input, kind: 'read' })) === '';
  };
  // Usually all of them are safe, which a single question shows.
  if (await reached(tips)) return [];
  const open: string[] = [];
  for (const tip of tips) if (!(await reached([tip]))) open.push(tip);
  return open;
}
