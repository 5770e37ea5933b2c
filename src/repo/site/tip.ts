// The commit of a site's branch as the worker left it, read as a file. It counts only if it names an existing commit.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Git } from '../git.ts';
import { headBranch, refTip } from './git-refs.ts';
import { looseHeader } from './loose-object.ts';
import { inside, latin1, stopped, unreadable, type Site } from './record.ts';
import { writeBranch } from './skeleton.ts';

/** The tip of the site's branch as the worker left it; the reader's branch is moved to it. Faults: `worktree-failed`. */
export async function followTip(git: Git, site: Site): Promise<string> {
  const branch = `refs/heads/${latin1(site.branch)}`;
  // We can read references in tables, but never write them.
  if (existsSync(join(site.path, '.git/reftable'))) throw unreadable(site.path, 'its references were moved into tables (reftable)');
  const tip = refTip(join(site.path, '.git'), branch);
  if (tip === null) throw unreadable(site.path, `its branch ${site.branch} has no commit`);
  if (refTip(site.reader, branch) === tip) return tip;
  const type = await typeOf(git, { site, id: tip });
  if (type === null) throw unreadable(site.path, `its branch ${site.branch} is at ${tip}, which is missing or broken`);
  if (type !== 'commit') throw unreadable(site.path, `its branch ${site.branch} is at ${tip}, which is a ${type} and no commit`);
  writeBranch(site, tip);
  return tip;
}

/** Like `followTip`, but also a fault if the checkout is not on that branch: its files are to be compared with the tip. */
export async function checkedOutTip(git: Git, site: Site): Promise<string> {
  if (headBranch(join(site.path, '.git')) !== latin1(site.branch))
    throw unreadable(site.path, `it is no longer on the branch ${site.branch}`);
  return followTip(git, site);
}

/**
 * The type of an object; null if it is missing or broken. An object that the worker has just written is usually a file of
 * its own (a loose object), which is read here; only about other objects, git is asked.
 */
async function typeOf(git: Git, given: { readonly site: Site; readonly id: string }): Promise<string | null> {
  const { site, id } = given;
  const loose = looseHeader(join(site.path, '.git/objects', id.slice(0, 2), id.slice(2)));
  if (loose !== null) return loose.type;
  const answer = await git.run({ ...inside(site), args: ['cat-file', '-t', id], kind: 'read' });
  if (answer.aborted) throw stopped();
  return answer.ok ? answer.stdout : null;
}
