// What branches a remote has at this moment, asked where a push goes to: that may be another place than where
// fetches come from, or several.
import type { Git } from './git.ts';
import { gitReason } from './git-reason.ts';
import { shared } from './registry.ts';
import { reaching } from './remote-address.ts';
import type { Reach, RemoteAddresses } from './remote-address.ts';

export interface RemoteHeads {
  /** Full reference name to commit. */
  readonly heads: ReadonlyMap<string, string>;
  /** Why it could not be asked; null when it was. */
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

/** The remote's name where fetch and push go to the same place: an address with a token in it is better not passed on. */
function pushPlaces(given: { readonly remote: string; readonly addresses: RemoteAddresses }): readonly string[] {
  const { fetch, push } = given.addresses;
  return push.join('\n') === fetch.join('\n') ? [given.remote] : push;
}
