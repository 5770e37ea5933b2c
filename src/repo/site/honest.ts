// Git does not verify that an object which it reads has the content that its name stands for. Workers write objects as
// files: a file with the name of another object (an older tree, which the person's repository has as well) would show our
// git a state that is judged, while the delivered commit contains something else. So the judged state is compared with what
// arrived.
import { join } from 'node:path';
import type { Git } from '../git.ts';
import { shared } from '../registry.ts';
import { looseObjects, nameByContent } from './loose-object.ts';
import { latin1, storesOf, type Site } from './record.ts';
import { indexCommit } from './tree.ts';

/** Larger objects are left to git. */
const mostBytes = 8 * 2 ** 20;

/**
 * Whether the commit, as the person's repository has it, matches the reader's index, with which the checkout was
 * compared. Must be called after its objects have arrived.
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

/** In one common form: mode, object, path. */
function entries(listed: string, start: RegExp): string {
  const lines = listed.split('\0').map((line) => line.replace(start, '$1 $2\t'));
  return lines.join('\0');
}

/**
 * Whether there are only loose objects, and each that refers to others has the content that its name stands for. (Files
 * are compared with those of the checkout.)
 */
function isHonest(site: Site, nameLength: number): boolean {
  const leading = looseObjects(storesOf(site))?.filter(({ type }) => type !== 'blob') ?? null;
  if (leading === null || leading.reduce((sum, { size }) => sum + size, 0) > mostBytes) return false;
  return leading.every((object) => nameByContent(object, nameLength) === object.name.replace('/', ''));
}
