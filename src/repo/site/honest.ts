// Git does not look again whether an object that it reads is the one that its name says. A worker writes objects as files: one
// that has the name of another (an older tree, which the person's repository has as well) would show our git a state that was
// judged, while the commit that is delivered says something else. So what was judged is held against what arrived.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import type { Git } from '../git.ts';
import { shared } from '../registry.ts';
import { looseHeader } from './loose-object.ts';
import { latin1, type Site } from './record.ts';
import { indexCommit } from './tree.ts';

/** More than that is git's to read. */
const mostLoose = 200;
const mostBytes = 8 * 2 ** 20;

/**
 * Is the commit, as the person's repository has it, what the reader's index holds, with which the checkout was compared? To be
 * asked when its objects have arrived.
 */
export async function isAsJudged(git: Git, { site, commit }: { readonly site: Site; readonly commit: string }): Promise<boolean> {
  if (indexCommit(site) !== commit) return true;
  if ([join(site.path, '.git', 'objects'), join(site.reader, 'objects')].every((store) => isHonest(store, commit.length))) return true;
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

/** Has it only loose objects, and is each that leads to others what it is called? (Files are compared with those of the checkout.) */
function isHonest(store: string, nameLength: number): boolean {
  let [count, bytes] = [0, 0];
  for (const folder of readdirSync(store)) {
    if (folder === 'info') continue;
    for (const rest of readdirSync(join(store, folder))) {
      const file = join(store, folder, rest);
      const header = looseHeader(file);
      if (folder === 'pack' || header === null || (count += 1) > mostLoose) return false;
      if (header.type === 'blob') continue;
      if ((bytes += header.size) > mostBytes || nameOf(file, { header, nameLength }) !== folder + rest) return false;
    }
  }
  return true;
}

function nameOf(file: string, about: { readonly header: { readonly size: number }; readonly nameLength: number }): string | null {
  try {
    const content = inflateSync(readFileSync(file), { maxOutputLength: about.header.size + 64 });
    return createHash(about.nameLength === 64 ? 'sha256' : 'sha1')
      .update(content)
      .digest('hex');
  } catch {
    return null;
  }
}
