// Pushes a branch that was rewritten, and only over the commit of which the caller knows: git compares it with what each
// place has at that moment (`--force-with-lease`), so a commit that a person pushed meanwhile is never overwritten.
import type { HeadPush } from '../../ports/repo-updates.ts';
import type { Git } from '../git.ts';
import { gitReason } from '../git-reason.ts';
import { readPushAnswer } from '../push-answer.ts';
import { reaching } from '../remote-address.ts';
import { remoteHeads } from '../remote-heads.ts';
import { uploadLargeFiles } from './large-files.ts';
import { failed, plainly, wrongPlace, type PushGiven } from './push.ts';
import { stopped, through } from './record.ts';

export interface HeadGiven extends Pick<PushGiven, 'site' | 'remote' | 'commit' | 'accept' | 'known' | 'reach'> {
  /** Null: the branch must not exist. */
  readonly lease: string | null;
}

export async function pushHead(git: Git, given: HeadGiven): Promise<HeadPush> {
  const { site, remote, commit, lease, reach } = given;
  const wrong = await wrongPlace(given);
  if (wrong !== null) return wrong;
  const ref = `refs/heads/${site.branch}`;
  const addresses = await reach(remote);
  const without = await uploadLargeFiles(git, { site, commit, remote, addresses });
  if (without !== null) return failed(without.came, without.message);
  const args = ['push', ...plainly, leaseOption({ ref, lease }), '--', remote, `${commit}:${ref}`];
  const answer = await git.run(reaching({ ...through(site), args, kind: 'push' }, addresses));
  if (answer.aborted) throw stopped();
  const said = readPushAnswer({ ref, answer, addresses: addresses.push, leased: true });
  if (said.came === 'pushed') return { pushed: true, commit, ref };
  if (said.came !== 'outdated') return failed(said.came, said.message);
  const places = await remoteHeads(git, { common: site.common, remote, reach });
  const others = places.filter(({ failure, heads }) => failure === null && ![lease, commit].includes(heads.get(ref) ?? null));
  const [other] = others;
  // The head is what we know of, so the place refuses any push that rewrites a branch.
  if (other === undefined) return failed('refused', `${remote} does not accept a rewritten branch: ${gitReason(answer)}`);
  return { pushed: false, why: 'moved', head: other.heads.get(ref) ?? null };
}

/** An empty value means that the reference must not exist. */
export function leaseOption({ ref, lease }: { readonly ref: string; readonly lease: string | null }): string {
  return `--force-with-lease=${ref}:${lease ?? ''}`;
}
