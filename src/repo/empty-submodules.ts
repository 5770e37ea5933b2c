// Which submodules have empty folders in a site. The site itself is examined, because the person's checkout may be at
// another commit.
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Git } from './git.ts';
import { hasLinks } from './site/index-file.ts';
import { latin1, through, throughBytes, type Site } from './site/record.ts';

/** Paths according to our reader's index. A path that is not valid text cannot be a submodule's. */
export async function emptySubmodules(git: Git, site: Site): Promise<readonly string[]> {
  const { env } = through(site);
  if (hasLinks({ index: env['GIT_INDEX_FILE'] ?? '', idBytes: site.base.length / 2 }) === false) return [];
  const listed = await git.text({ ...throughBytes(site), args: ['ls-files', '--stage', '-z'], kind: 'read' });
  const paths = listed.split('\0').flatMap((record) => {
    const bytes = /^160000 [0-9a-f]+ 0\t(.*)$/s.exec(record)?.[1] ?? '';
    const path = Buffer.from(bytes, 'latin1').toString('utf8');
    return bytes === '' || latin1(path) !== bytes ? [] : [path];
  });
  return paths.filter((path) => isEmptyFolder(join(site.path, path)));
}

/** Anything else that a worker put in its place does not count as empty. */
function isEmptyFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true && readdirSync(path).length === 0;
}
