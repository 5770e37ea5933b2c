// The proof that commits would not be lost: they can be reached from what a remote says it has at this moment, from
// what we fetched from it, or (without a remote) from local branches and tags that stay.
// A remote-tracking branch proves nothing: the branch may have been deleted at the remote since.
import { fetchedRefs } from './fetch.ts';
import type { Git } from './git.ts';
import { shared } from './registry.ts';
import type { Reach } from './remote-address.ts';
import { remoteHeads } from './remote-heads.ts';

export interface ProofGiven {
  readonly common: string;
  readonly remote: string | null;
  readonly reach: Reach;
  /** The local branch that is about to be deleted; null when none is. */
  readonly doomed: string | null;
  /** A commit that stays whatever happens. */
  readonly kept: string | null;
}

/** Those of the tips that are not proven to be safe. */
export async function unsafeTips(git: Git, given: ProofGiven & { readonly tips: readonly string[] }): Promise<readonly string[]> {
  const { common, remote, doomed, kept } = given;
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
  const safe = kept === null ? local : [...local, kept];
  const open = await notReached(git, { common, tips: given.tips, safe });
  // The network is asked only when it matters.
  if (remote === null || open.length === 0) return open;
  const heads = await remoteHeads(git, { common, remote, reach: given.reach });
  return notReached(git, { common, tips: open, safe: heads.flatMap((one) => [...one.heads.values()]) });
}

async function notReached(
  git: Git,
  given: { readonly common: string; readonly tips: readonly string[]; readonly safe: readonly string[] },
): Promise<readonly string[]> {
  const open: string[] = [];
  for (const tip of new Set(given.tips)) {
    const input = [tip, ...given.safe.map((commit) => `^${commit}`), ''].join('\n');
    // What the remote has and we do not proves nothing, and is passed over; the tip itself is known to be here.
    const found = await git.text({
      ...shared(given.common),
      args: ['rev-list', '--max-count=1', '--ignore-missing', '--stdin'],
      input,
      kind: 'read',
    });
    if (found !== '') open.push(tip);
  }
  return open;
}
