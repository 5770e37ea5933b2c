// Describes a repository to those who work in it: where it is, which branch work starts from, and what prevents work in it.
// Reads only. What the remote says today takes precedence over what was recorded here earlier.
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { RepoFacts, RepoPlace } from '../ports/repo.ts';
import type { Git } from './git.ts';
import { branchTip } from './registry.ts';
import { recordedDefault } from './remote-default.ts';
import type { RemoteSays } from './remote-default.ts';
import { submodulesOf } from './submodules.ts';

export interface DescribeGiven {
  readonly place: RepoPlace;
  readonly base: string | null;
  /** Asks the remote. Faults: `unreachable`. */
  readonly ask: (remote: string) => Promise<RemoteSays>;
}

export async function describeRepo(git: Git, given: DescribeGiven): Promise<RepoFacts> {
  const { place } = given;
  const [start, submodules] = await Promise.all([startOf(git, given), submodulesOf(git, place)]);
  return { ...place, ...start, submodules };
}

type Start = Pick<RepoFacts, 'defaultBranch' | 'outdated' | 'unreachable'>;

async function startOf(git: Git, given: DescribeGiven): Promise<Start> {
  const { place, base } = given;
  const { common, root, remote } = place;
  if (remote === null)
    return { ...known, defaultBranch: base === null ? await checkedOut(git, root) : await localBase(git, { common, base }) };
  let unreachable: string | null = null;
  const [says, recorded] = await Promise.all([
    given.ask(remote).catch((error: unknown) => {
      if (!(error instanceof Fault) || error.code !== 'unreachable') throw error;
      unreachable = error.message;
      return null;
    }),
    recordedDefault(git, { common, remote }),
  ]);
  if (base !== null) {
    if (says !== null && !says.hasBase) throw noBase({ base, remote });
    return { defaultBranch: base, outdated: null, unreachable };
  }
  const today = says?.defaultBranch ?? null;
  if (today !== null)
    return { ...known, defaultBranch: today, outdated: recorded === null || recorded.branch === today ? null : recorded.branch };
  const stands = recorded !== null && (await recorded.stands());
  return { outdated: null, unreachable, defaultBranch: stands ? recorded.branch : await checkedOut(git, root) };
}

const known = { outdated: null, unreachable: null } as const;

async function localBase(git: Git, given: { readonly common: string; readonly base: string }): Promise<string> {
  const { base } = given;
  if ((await branchTip(git, { common: given.common, branch: base })) !== null) return base;
  throw new Fault({
    code: 'base-missing',
    message: `delivery.base is ${base}, and the repository has no branch of that name`,
    hint: `create the branch (git branch ${base}), or set delivery.base to an existing branch`,
  });
}

function noBase(given: { readonly base: string; readonly remote: string }): Fault {
  const { base, remote } = given;
  const bare = base.startsWith(`${remote}/`) ? base.slice(remote.length + 1) : null;
  return new Fault({
    code: 'base-missing',
    message: `delivery.base is ${base}, and ${remote} has no branch of that name`,
    hint:
      bare === null
        ? `push it (git push ${remote} ${base}), or set delivery.base to a branch of ${remote}; git ls-remote --heads ${remote} lists them`
        : `name the branch without its remote: delivery.base: ${bare}`,
  });
}

/** The files that the facts were read from, besides those that the place itself was read from. */
export function factFilesOf({ root, common, remote }: RepoPlace): readonly string[] {
  return [join(root, '.gitmodules'), ...(remote === null ? [] : [join(common, 'refs/remotes', remote, 'HEAD')])];
}

async function checkedOut(git: Git, root: string): Promise<string> {
  const ref = await git.maybe({ cwd: root, args: ['symbolic-ref', '--quiet', 'HEAD'], kind: 'read' });
  if (ref?.startsWith('refs/heads/')) return ref.slice('refs/heads/'.length);
  throw new Fault({
    code: 'detached-head',
    message: `${root} has no branch checked out, and no remote has a default branch`,
    hint: 'check out the branch to work from, or name it in delivery.base',
  });
}
