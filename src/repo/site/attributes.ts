// Attributes that a worker commits may name a filter that is not configured here; files of git-crypt would then be
// unencrypted in its commits. Most work changes no attributes, which the reader's index shows without a git process.
import { join } from 'node:path';
import type { Git } from '../git.ts';
import { attributesMark } from './index-file.ts';
import type { Site } from './record.ts';
import { followTip } from './tip.ts';
import { indexCommit } from './tree.ts';

/** Calls `check` with the tip of the site's branch, unless its attributes are known to be those of the base. */
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
