// Where a site's branch is, as the worker left it, read as a file: what it names is a commit that is there, or it is nothing.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Git } from '../git.ts';
import { headBranch, refTip } from './git-refs.ts';
import { looseHeader } from './loose-object.ts';
import { inside, latin1, stopped, unreadable, type Site } from './record.ts';
import { writeBranch } from './skeleton.ts';

/** The tip of the site's branch as the worker left it, now the reader's as well. Faults: `worktree-failed`. */
export async function followTip(git: Git, site: Site): Promise<string> {
  const branch = `refs/heads/${latin1(site.branch)}`;
  // They are read where they are, but never written by us.
  if (existsSync(join(site.path, '.git/reftable'))) throw unreadable(site.path, 'its references were moved into tables (reftable)');
  const tip = refTip(join(site.path, '.git'), branch);
  if (tip === null) throw unreadable(site.path, `its branch ${site.branch} has no commit`);
  if (refTip(site.reader, branch) === tip) return tip;
  const type = await typeOf(git, { site, id: tip });
  if (type === null) throw unreadable(site.path, `its branch ${site.branch} is at ${tip}, which is not there or broken`);
  if (type !== 'commit') throw unreadable(site.path, `its branch ${site.branch} is at ${tip}, which is a ${type} and no commit`);
  writeBranch(site, tip);
  return tip;
}

/** The same, where the checkout must be on its branch: its files are compared with the tip. */
export async function checkedOutTip(git: Git, site: Site): Promise<string> {
  if (headBranch(join(site.path, '.git')) !== latin1(site.branch))
    throw unreadable(site.path, `it is no longer on the branch ${site.branch}`);
  return followTip(git, site);
}

/** Most often it is a file that the worker has just written; git is asked about others. */
async function typeOf(git: Git, given: { readonly site: Site; readonly id: string }): Promise<string | null> {
  const { site, id } = given;
  const loose = looseHeader(join(site.path, '.git/objects', id.slice(0, 2), id.slice(2)));
  if (loose !== null) return loose.type;
  const answer = await git.run({ ...inside(site), args: ['cat-file', '-t', id], kind: 'read' });
  if (answer.aborted) throw stopped();
  return answer.ok ? answer.stdout : null;
}
