// Makes a checkout of a merged commit, for commands that check it. It is made like every site, because a worker may have
// written what is in the commit, on a branch that exists only there.
import { basename } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { fetchBranch } from '../fetch.ts';
import type { Git } from '../git.ts';
import { shared } from '../registry.ts';
import { buildSite, freePlace, type MakeGiven } from './make.ts';
import { siteAt, stopped, unfinishedAt } from './record.ts';
import { reserveNamed } from './resume.ts';

/** Begins the names of their branches. */
const space = 'yardmaster-verify/';

/** Whether there is such a checkout, or one that is not finished; null if there is nothing of ours. */
export function isVerifyCheckout(path: string): boolean | null {
  const site = siteAt(path);
  if (site !== null) return site.disposable === true;
  return unfinishedAt(path)?.branch?.startsWith(space) ?? null;
}

export interface CheckoutGiven extends Omit<MakeGiven, 'branch' | 'defaultBranch'> {
  /** The branch that has the commit. */
  readonly branch: string;
  readonly commit: string;
}

/** Returns the path of the checkout. */
export async function verifyCheckout(git: Git, given: CheckoutGiven): Promise<string> {
  const { common, remote, commit } = given;
  const place = freePlace(given.path);
  if (!(await isHere(git, { common, commit })) && remote !== null) await fetchBranch(git, { ...given, remote });
  if (!(await isHere(git, { common, commit }))) throw notHere(given);
  const branch = `${space}${basename(place.path).replaceAll(/[^\w-]/g, '-')}`;
  await buildSite(git, {
    ...{ ...given, ...place, defaultBranch: given.branch, base: commit, tip: commit, pushTo: null, taken: null, disposable: true },
    name: () => branch,
    reserve: (folder) => reserveNamed(git, { ...place, common, branch, base: commit, folder }),
  });
  return place.path;
}

async function isHere(git: Git, { common, commit }: { readonly common: string; readonly commit: string }): Promise<boolean> {
  const answer = await git.run({ ...shared(common), args: ['cat-file', '-e', `${commit}^{commit}`], kind: 'read' });
  if (answer.aborted) throw stopped();
  return answer.ok;
}

function notHere({ remote, branch, commit }: CheckoutGiven): Fault {
  const where = remote === null ? 'in the repository' : `in ${branch} of ${remote}`;
  return new Fault({
    code: 'fetch-failed',
    message: `the commit ${commit} is not ${where}`,
    hint: `check whether ${branch} was rewritten since the merge`,
  });
}
