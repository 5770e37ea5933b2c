// Attributes that a worker committed itself may name a filter which is not configured: git-crypt's files are then in its
// commits in clear. Most work touches no attributes, which the reader's index tells without a process of git.
import { join } from 'node:path';
import type { Git } from '../git.ts';
import { attributesMark } from './index-file.ts';
import type { Site } from './record.ts';
import { followTip } from './tip.ts';
import { indexCommit } from './tree.ts';

/** Calls `check` with the tip of the site's branch where its attributes are not known to be those of the base. */
export async function checkAttributes(
  git: Git,
  given: { readonly site: Site; readonly check: (commit: string) => Promise<void> },
): Promise<void> {
  const { site, check } = given;
  const tip = await followTip(git, site);
  if (tip === site.base) return;
  const index = join(site.reader, 'index');
  const now = indexCommit(site) === tip ? attributesMark({ index, idBytes: tip.length / 2 }) : null;
  if (now === null || now !== (site.attributes ?? null)) await check(tip);
}
