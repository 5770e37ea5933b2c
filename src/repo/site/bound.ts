// So much a site may bring into the person's repository, whichever way: counted before anything is copied, for git's own
// copying knows no bound.
import { Fault } from '../../core/fault.ts';
import type { Git } from '../git.ts';
import { entryAt } from './git-files.ts';
import { inside, raw, type Site } from './record.ts';

/**
 * What the objects hold that the commit has and none of the others, in bytes. To be asked of a site's reader. Fails where
 * git cannot read some of them.
 */
export async function sizeBeside(
  git: Git,
  given: { readonly site: Site; readonly commit: string; readonly others: readonly string[] },
): Promise<number> {
  const { site, commit, others } = given;
  const at = { ...inside(site), kind: 'read' } as const;
  // What was promised by a remote is not there, and is not copied either.
  const missing = site.promisor == null ? [] : ['--missing=allow-any'];
  const listed = await git.text({
    ...at,
    args: ['rev-list', '--objects', '--no-object-names', ...missing, '--stdin'],
    input: [commit, ...others.map((other) => `^${other}`), ''].join('\n'),
  });
  const sizes = await git.text({ ...at, args: ['cat-file', '--batch-check=%(objectsize)'], input: `${listed}\n` });
  return sizes.split('\n').reduce((sum, line) => sum + (Number(line) || 0), 0);
}

/** What the files hold on the disk. Paths below `folder`, all in bytes, one character each. */
export function sizeOnDisk(given: { readonly folder: string; readonly paths: readonly string[] }): number {
  return given.paths.reduce((sum, path) => {
    const facts = entryAt(raw(`${given.folder}/${path}`));
    return sum + (facts?.isFile() === true ? facts.size : 0);
  }, 0);
}

/** Faults: `not-taken`. `what`: such as `the commits in PATH hold`. */
export function refuseAbove(given: { readonly mostBytes: number; readonly size: number; readonly what: string }): void {
  const { mostBytes, size, what } = given;
  if (size <= mostBytes) return;
  throw new Fault({
    code: 'not-taken',
    message: `${what} ${inMiB(size)} that the repository does not have, more than ${inMiB(mostBytes)}`,
    hint: 'look whether the agent committed what does not belong there',
  });
}

export function inMiB(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
