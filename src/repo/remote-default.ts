// The default branch of a remote: today's, and the one that was recorded here earlier.
import { Fault } from '../core/fault.ts';
import type { Git } from './git.ts';
import { gitReason } from './git-reason.ts';
import { shared } from './registry.ts';
import { reaching } from './remote-address.ts';
import type { Reach } from './remote-address.ts';

export interface RemoteSays {
  /** Null if it has none, or one without a commit. */
  readonly defaultBranch: string | null;
  /** Whether it has the branch that was asked about. */
  readonly hasBase: boolean;
}

/** How long to wait for a remote; after that, the recorded branch is used instead. */
const askMs = 20_000;

/** A failure is a fault, `unreachable`, so that it is not remembered as an answer. */
export async function askDefault(
  git: Git,
  given: { readonly common: string; readonly remote: string; readonly base: string | null; readonly reach: Reach },
): Promise<RemoteSays> {
  const { common, remote, base } = given;
  const refs = ['HEAD', ...(base === null ? [] : [`refs/heads/${base}`])];
  const call = { ...shared(common), args: ['ls-remote', '--symref', '--', remote, ...refs], kind: 'network', timeoutMs: askMs } as const;
  const answer = await git.run(reaching(call, await given.reach(remote)));
  if (!answer.ok) {
    throw new Fault({
      code: 'unreachable',
      message: `${remote} does not list its branches: ${gitReason(answer)}`,
      hint: `check the network and the remote: git ls-remote ${remote}`,
    });
  }
  const lines = answer.stdout.split('\n');
  return {
    defaultBranch: lines.map((line) => /^ref: refs\/heads\/(.+)\tHEAD$/.exec(line)?.[1]).find((name) => name !== undefined) ?? null,
    hasBase: base !== null && lines.some((line) => line.split('\t')[1] === `refs/heads/${base}`),
  };
}

/**
 * `refs/remotes/<remote>/HEAD`, written when the repository was cloned; `stands`: whether the branch that it names
 * exists.
 */
export async function recordedDefault(
  git: Git,
  given: { readonly common: string; readonly remote: string },
): Promise<{ readonly branch: string; readonly stands: () => Promise<boolean> } | null> {
  const at = shared(given.common);
  const prefix = `refs/remotes/${given.remote}/`;
  const ref = await git.maybe({ ...at, args: ['symbolic-ref', '--quiet', `${prefix}HEAD`], kind: 'read' });
  if (!ref?.startsWith(prefix)) return null;
  // After a rename and a prune, the record points to nothing.
  const stands = async (): Promise<boolean> =>
    (await git.maybe({ ...at, args: ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], kind: 'read' })) !== null;
  return { branch: ref.slice(prefix.length), stands };
}
