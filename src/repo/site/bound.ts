// Limits how much a site may bring into the person's repository by any way. The size is counted before anything is copied,
// because git's own copying has no limit.
import { Fault } from '../../core/fault.ts';
import type { Git } from '../git.ts';
import { entryAt } from './git-files.ts';
import { inside, raw, type Site } from './record.ts';

/**
 * The size in bytes of the objects that the commit has and none of the others. Must be called on a site's reader. Fails
 * if git cannot read some of them.
 */
export async function sizeBeside(
  git: Git,
  given: { readonly site: Site; readonly commit: string; readonly others: readonly string[] },
): Promise<number> {
  const { site, commit, others } = given;
  const at = { ...inside(site), kind: 'read' } as const;
  // Objects that a remote promised are not here, and are not copied either.
  const missing = site.promisor == null ? [] : ['--missing=allow-any'];
  const listed = await git.text({
    ...at,
    args: ['rev-list', '--objects', '--no-object-names', ...missing, '--stdin'],
    input: [commit, ...others.map((other) => `^${other}`), ''].join('\n'),
  });
  const sizes = await git.text({ ...at, args: ['cat-file', '--batch-check=%(objectsize)'], input: `${listed}\n` });
  return sizes.split('\n').reduce((sum, line) => sum + (Number(line) || 0), 0);
}

/** The files' size on disk. Paths are below `folder`, as bytes, one character each. */
export function sizeOnDisk(given: { readonly folder: string; readonly paths: readonly string[] }): number {
  return given.paths.reduce((sum, path) => {
    const facts = entryAt(raw(`${given.folder}/${path}`));
    return sum + (facts?.isFile() === true ? facts.size : 0);
  }, 0);
}

/** Faults: `not-taken`. `what` begins the sentence, for example `the commits in PATH hold`. */
export function refuseAbove(given: { readonly mostBytes: number; readonly size: number; readonly what: string }): void {
  const { mostBytes, size, what } = given;
  if (size <= mostBytes) return;
  throw new Fault({
    code: 'not-taken',
    message: `${what} ${inMiB(size)} that the repository does not have, more than ${inMiB(mostBytes)}`,
    hint: 'check whether the agent committed files that do not belong there',
  });
}

export function inMiB(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
