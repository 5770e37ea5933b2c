// What branches a remote has at this moment, asked where a push goes to: that may be another place than where
// fetches come from, or several.
import type { Git } from './git.ts';
import { gitReason } from './git-reason.ts';
import { shared } from './registry.ts';

export interface RemoteHeads {
  /** Full reference name to commit. */
  readonly heads: ReadonlyMap<string, string>;
  /** Why it could not be asked; null when it was. */
  readonly failure: string | null;
}

/** One answer for each place that a push to the remote goes to. */
export async function remoteHeads(git: Git, given: { readonly common: string; readonly remote: string }): Promise<readonly RemoteHeads[]> {
  const { common, remote } = given;
  const answers: RemoteHeads[] = [];
  for (const place of await pushPlaces(git, { common, remote })) {
    const answer = await git.run({ ...shared(common), args: ['ls-remote', '--heads', '--', place], kind: 'network' });
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
async function pushPlaces(git: Git, given: { readonly common: string; readonly remote: string }): Promise<readonly string[]> {
  const pushes = await addresses(git, { ...given, which: ['--push'] });
  return pushes.length === 0 || pushes.join('\n') === (await addresses(git, given)).join('\n') ? [given.remote] : pushes;
}

/** Where pushes to the remote go, as things are configured now. Empty: there is no remote of that name. */
export function pushAddresses(git: Git, given: { readonly common: string; readonly remote: string }): Promise<readonly string[]> {
  return addresses(git, { ...given, which: ['--push'] });
}

async function addresses(
  git: Git,
  given: { readonly common: string; readonly remote: string; readonly which?: readonly string[] },
): Promise<readonly string[]> {
  const args = ['remote', 'get-url', '--all', ...(given.which ?? []), '--', given.remote];
  return (await git.maybe({ ...shared(given.common), args, kind: 'read' }))?.split('\n') ?? [];
}
