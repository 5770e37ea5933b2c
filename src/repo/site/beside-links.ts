// A newer git (2.55 at the latest) that looks at which commit a submodule is reads the submodule's own configuration, with all
// that it includes: what a worker wrote there, be it a pipe. So that is read without git, and git looks at an index which says it.
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { entryAt } from './git-files.ts';
import { hasLinks, withLinksAt } from './index-file.ts';
import { gitFolderAt, nestedCommit, realPath } from './nested.ts';
import { raw, type Site } from './record.ts';

/** Are there links to other repositories in the reader's index or in the worker's? Also true where that cannot be told. */
export function mayHaveLinks(site: Site): boolean {
  const indexes = [join(site.reader, 'index'), join(site.path, '.git/index')];
  return indexes.some((index) => existsSync(index) && hasLinks({ index, idBytes: site.base.length / 2 }) !== false);
}

/**
 * Gives an index that differs from the given one only in links: each whose repository stands in the folder (bytes) is at the
 * commit that is checked out there, and git does not look into it. It is gone afterwards.
 */
export async function besideLinks<T>(
  given: { readonly site: Site; readonly folder: string; readonly index: string },
  use: (index: string) => Promise<T>,
): Promise<T> {
  const { site, folder, index } = given;
  const top = realPath(folder);
  const commitAt = (path: string, commit: string): string | null => {
    const place = `${folder}/${path}`;
    // Below a symbolic link git does not look.
    if (top === null || realPath(place) !== `${top}/${path}` || entryAt(raw(`${place}/.git`)) === null) return null;
    return checkedOut(site, place) ?? commit;
  };
  const changed = withLinksAt({ file: index, idBytes: site.base.length / 2, commitAt });
  if (changed === null) return use(index);
  const copy = `${index}-${crypto.randomUUID()}`;
  try {
    await writeFile(copy, changed);
    return await use(copy);
  } finally {
    await rm(copy, { force: true });
  }
}

/** Null: none that can be read. The removal of the site says why. */
function checkedOut(site: Site, folder: string): string | null {
  try {
    const gitFolder = gitFolderAt(site, folder);
    return gitFolder === null ? null : nestedCommit(gitFolder);
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}
