// The branches that a remote has at this moment, asked at the places that a push goes to. Those may differ from the place
// that fetches come from, and there may be several.
import type { Git } from './git.ts';
import { gitReason } from './git-reason.ts';
import { shared } from './registry.ts';
import { reaching } from './remote-address.ts';
import type { Reach, RemoteAddresses } from './remote-address.ts';

export interface RemoteHeads {
  /** Maps full reference names to commits. */
  readonly heads: ReadonlyMap<string, string>;
  /** Why it could not be asked; null if it could. */
  readonly failure: string | null;
}

/** One answer for each place that a push to the remote goes to. */
export async function remoteHeads(
  git: Git,
  given: { readonly common: string; readonly remote: string; readonly reach: Reach },
): Promise<readonly RemoteHeads[]> {
  const { common, remote } = given;
  const addresses = await given.reach(remote);
  const answers: RemoteHeads[] = [];
  for (const place of pushPlaces({ remote, addresses })) {
    const answer = await git.run(reaching({ ...shared(common), args: ['ls-remote', '--heads', '--', place], kind: 'network' }, addresses));
    const lines = answer.ok ? answer.stdout.split('\n') : [];
    const heads = new Map(
      lines.flatMap((line): [string, string][] => {
        const [commit, ref] = line.split('\t', 2);
        return commit === undefined || ref === undefined ? [] : [[ref, commit]];
      }),
    );
    answers.push({ heads, failure: answer.ok ? null : gitReason(answer) });
  }
  return answers;
}

/**
 * The remote's name if fetch and push go to the same place, because an address with a token in it should not be passed
 * on.
 */
function pushPlaces(given: { readonly remote: string; readonly addresses: RemoteAddresses }): readonly string[] {
  const { fetch, push } = given.addresses;
  return push.join('\n') === fetch.join('\n') ? [given.remote] : push;
}
