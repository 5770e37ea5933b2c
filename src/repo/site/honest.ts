// Git does not look again whether an object that it reads is the one that its name says. A worker writes objects as files: one
// that has the name of another (an older tree, which the person's repository has as well) would show our git a state that was
// judged, while the commit that is delivered says something else. So what was judged is held against what arrived.
import { join } from 'node:path';
import type { Git } from '../git.ts';
import { shared } from '../registry.ts';
import { looseObjects, nameByContent } from './loose-object.ts';
import { latin1, storesOf, type Site } from './record.ts';
import { indexCommit } from './tree.ts';

/** More than that is git's to read. */
const mostBytes = 8 * 2 ** 20;

/**
 * Is the commit, as the person's repository has it, what the reader's index holds, with which the checkout was compared? To be
 * asked when its objects have arrived.
 */
export async function isAsJudged(git: Git, { site, commit }: { readonly site: Site; readonly commit: string }): Promise<boolean> {
  if (indexCommit(site) !== commit) return true;
  if (isHonest(site, commit.length)) return true;
  const at = { ...shared(site.common), cwd: latin1(site.common), bytes: true, kind: 'read' } as const;
  const env = { ...at.env, GIT_WORK_TREE: site.common, GIT_INDEX_FILE: join(site.reader, 'index'), GIT_NO_LAZY_FETCH: '1' };
  const held = await git.text({ ...at, env, args: ['ls-files', '--stage', '-z'] });
  const arrived = await git.text({ ...at, args: ['ls-tree', '-r', '-z', '--full-tree', commit] });
  return entries(held, /^(\d+) ([0-9a-f]+) 0\t/) === entries(arrived, /^(\d+) [a-z]+ ([0-9a-f]+)\t/);
}

/** In one form: mode, object, path. */
function entries(listed: string, start: RegExp): string {
  const lines = listed.split('\0').map((line) => line.replace(start, '$1 $2\t'));
  return lines.join('\0');
}

/** Are there only loose objects, and is each that leads to others what it is called? (Files are compared with those of the checkout.) */
function isHonest(site: Site, nameLength: number): boolean {
  const leading = looseObjects(storesOf(site))?.filter(({ type }) => type !== 'blob') ?? null;
  if (leading === null || leading.reduce((sum, { size }) => sum + size, 0) > mostBytes) return false;
  return leading.every((object) => nameByContent(object, nameLength) === object.name.replace('/', ''));
}
