// Makes a site for a branch that exists already: a delivered one of ours on which work goes on after its site was removed, or
// on which a person has built. The site has the same branch name, so later work is pushed on top of what is there.
import type { Git } from '../git.ts';
import { isAncestor } from '../branches.ts';
import { branchTip, shared } from '../registry.ts';
import { buildSite, failed, freePlace, startOf, type Building, type MakeGiven } from './make.ts';
import { makeRef } from './our-refs.ts';
import { baseRef, stopped, writeUnfinished, type FolderId, type Unfinished } from './record.ts';

export interface ResumeGiven extends Omit<MakeGiven, 'branch'> {
  readonly branch: string;
  /** The commit of the branch, which must be in the person's repository. */
  readonly commit: string;
}

/** Faults: as in `makeSite`. */
export async function siteFrom(git: Git, given: ResumeGiven): Promise<{ readonly base: string; readonly branch: string }> {
  const { common, branch, commit, defaultBranch } = given;
  const place = freePlace(given.path);
  const start = await startOf(git, given);
  const base = await meetingOf(git, { common, commit, other: start.base, name: defaultBranch });
  const local = await branchTip(git, { common, branch });
  // A branch of that name that is contained in the commit was left behind by an earlier site, and is moved on.
  const taken = local !== null && (await isAncestor(git, { ...shared(common), ancestor: local, commit })) ? local : null;
  const building: Omit<Building, 'reserve'> = { ...given, ...place, ...start, base, tip: commit, taken, onto: commit, name: () => branch };
  return buildSite(git, { ...building, reserve: (folder) => reserveNamed(git, { ...place, common, branch, base, folder }) });
}

/** The newest commit that both contain. */
async function meetingOf(
  git: Git,
  given: { readonly common: string; readonly commit: string; readonly other: string; readonly name: string },
): Promise<string> {
  const { common, commit, other, name } = given;
  const answer = await git.run({ ...shared(common), args: ['merge-base', commit, other], kind: 'read' });
  if (answer.aborted) throw stopped();
  if (answer.ok) return answer.stdout;
  if (answer.code === 1) throw failed(`the commit ${commit} and the branch ${name} have no commit in common`, null);
  throw failed(`the commit ${commit} to go on from is not in the repository`, answer);
}

/** The reference of ours decides between two sites of the same branch. */
export async function reserveNamed(
  git: Git,
  given: Pick<Unfinished, 'path' | 'common'> & { readonly branch: string; readonly base: string; readonly folder: FolderId },
): Promise<string> {
  const { path, folder, common, branch, base } = given;
  const note = (reserved: Unfinished['reserved']): void => writeUnfinished({ path, folder, common, branch, reserved });
  const answer = await makeRef(git, { common, ref: baseRef(branch), commit: base, note });
  if (answer === 'made') return branch;
  if (answer.aborted) throw stopped();
  if (!answer.ok) throw failed(`the branch ${branch} cannot be used: there is a checkout of it already, or its name is not valid`, answer);
  note('git');
  return branch;
}
