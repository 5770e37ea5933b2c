// Questions about branches and commits that are no site's: of the person's repository, and of its remote as it is now. What
// is fetched goes to references of ours that are apart from those of the branches from which work starts: those prove what
// a remote has, and a delivered branch is soon deleted there.
import { isBranchName } from '../core/delivery/branch.ts';
import { Fault } from '../core/fault.ts';
import { fetchInto, fetchedRefs } from './fetch.ts';
import type { Git, GitAnswer } from './git.ts';
import { gitReason } from './git-reason.ts';
import { shared } from './registry.ts';
import { reaching, type Reach, type RemoteAddresses } from './remote-address.ts';
import { dropRef } from './site/our-refs.ts';
import { stopped } from './site/record.ts';
import type { Turns } from './turns.ts';

interface AtRemote {
  readonly common: string;
  readonly remote: string;
  readonly branch: string;
  readonly reach: Reach;
}

/** The reference of ours that keeps a fetched branch. */
function headRef({ remote, branch }: Pick<AtRemote, 'remote' | 'branch'>): string {
  return `refs/yardmaster/heads/${remote}/${branch}`;
}

/** Null if the remote has no such branch. Faults: `unreachable`. */
export async function branchAtRemote(git: Git, given: AtRemote): Promise<string | null> {
  const { common, remote, branch, reach } = given;
  if (!isBranchName(branch)) return null;
  const ref = `refs/heads/${branch}`;
  const answer = await git.run(
    reaching({ ...shared(common), args: ['ls-remote', '--heads', '--', remote, ref], kind: 'network' }, await reach(remote)),
  );
  if (answer.aborted) throw stopped();
  if (!answer.ok) {
    throw new Fault({
      code: answer.obstacle?.code ?? 'unreachable',
      message: `${remote} does not say where its branch ${branch} is: ${gitReason(answer)}`,
      hint: answer.obstacle?.hint ?? `check the network and the remote: git ls-remote ${remote}`,
    });
  }
  // The pattern also matches references that only end with it.
  const lines = answer.stdout.split('\n').map((line) => line.split('\t', 2));
  return lines.find(([, name]) => name === ref)?.[0] ?? null;
}

/** Null if the remote has no such branch. Faults: `fetch-failed`. */
export async function fetchHead(git: Git, given: AtRemote & { readonly turns: Turns }): Promise<string | null> {
  if (!isBranchName(given.branch)) return null;
  try {
    return await fetchInto(git, { ...given, ref: headRef(given) });
  } catch (error) {
    // One more question to the remote, because git's message alone could be about something else.
    if (error instanceof Fault && error.code === 'fetch-failed' && (await branchAtRemote(git, given)) === null) return null;
    throw error;
  }
}

/** Deletes what keeps a fetched branch here, also as one from which work started. */
export async function forgetHead(git: Git, given: Pick<AtRemote, 'common' | 'remote' | 'branch'>): Promise<void> {
  const { common, remote, branch } = given;
  if (!isBranchName(branch)) return;
  for (const ref of [headRef(given), fetchedRefs(remote) + branch]) await dropRef(git, { common, ref });
}

/** Faults: `git-failed`, if one of the commits is missing. */
export async function isAncestor(
  git: Git,
  given: Pick<Parameters<Git['run']>[0], 'cwd' | 'env'> & { readonly ancestor: string; readonly commit: string },
): Promise<boolean> {
  const { ancestor, commit, ...at } = given;
  const answer = await git.run({ ...at, args: ['merge-base', '--is-ancestor', ancestor, commit], kind: 'read' });
  if (answer.ok) return true;
  if (answer.code === 1) return false;
  throw notCompared(answer, given);
}

function notCompared(answer: GitAnswer, given: { readonly ancestor: string; readonly commit: string }): Fault {
  if (answer.aborted) return stopped();
  return new Fault({
    code: answer.obstacle?.code ?? 'git-failed',
    message: `git cannot tell whether ${given.commit} contains ${given.ancestor}: ${gitReason(answer)}`,
    hint: answer.obstacle?.hint ?? 'fetch both commits into the repository',
  });
}

/** For a forge to recognize; a login, which may be a token, is not part of where a repository is. */
export function withoutLogins({ fetch, push }: RemoteAddresses): { readonly fetch: readonly string[]; readonly push: readonly string[] } {
  const bare = (address: string): string => address.replace(/^([a-z][a-z\d+.-]*:\/\/)[^/]*@/i, '$1');
  return { fetch: fetch.map(bare), push: push.map(bare) };
}
