// Limits the size of uncommitted files that we commit for a worker. Files that are too large would be refused only when
// they are taken, by then as a commit and a second time on the disk, and nobody could tell that the worker never committed
// them.
import { Fault } from '../../core/fault.ts';
import type { Git } from '../git.ts';
import { inMiB } from './bound.ts';
import { entryAt } from './git-files.ts';
import { latin1, raw, stopped, throughBytes, type Site } from './record.ts';
import { shown } from './tree.ts';

interface File {
  /** Bytes, one character each. */
  readonly path: string;
  readonly size: number;
}

/** Faults: `not-committed`. */
export async function refuseLarge(
  git: Git,
  given: { readonly site: Site; readonly paths: readonly string[]; readonly mostBytes: number },
): Promise<void> {
  const { site, paths, mostBytes } = given;
  const files = paths.flatMap((path): File[] => {
    const facts = entryAt(raw(`${latin1(site.path)}/${path}`));
    return facts?.isFile() === true ? [{ path, size: facts.size }] : [];
  });
  if (sizeOf(files) <= mostBytes) return;
  // A filter such as git-lfs turns a file into a small pointer. The file itself is counted elsewhere, against the same
  // limit.
  const filtered = await filteredPaths(git, { site, files });
  for (const some of [files.filter(({ path }) => !filtered.has(path)), files.filter(({ path }) => filtered.has(path))]) {
    if (sizeOf(some) > mostBytes) throw tooLarge({ site, files: some, mostBytes });
  }
}

function sizeOf(files: readonly File[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** Those files that go through a filter when they are committed. */
async function filteredPaths(git: Git, given: { readonly site: Site; readonly files: readonly File[] }): Promise<ReadonlySet<string>> {
  const input = given.files.map(({ path }) => `${path}\0`).join('');
  const answer = await git.run({ ...throughBytes(given.site), args: ['check-attr', '-z', '--stdin', 'filter'], input, kind: 'read' });
  if (answer.aborted) throw stopped();
  // Path, attribute, value.
  const fields = answer.ok ? answer.stdout.split('\0') : [];
  const isNamed = (value: string | undefined): boolean => value !== 'unspecified' && value !== 'unset' && value !== 'set';
  return new Set(fields.filter((_, at) => at % 3 === 0 && isNamed(fields[at + 2])));
}

function tooLarge(given: { readonly site: Site; readonly files: readonly File[]; readonly mostBytes: number }): Fault {
  const largest = given.files.toSorted((one, other) => other.size - one.size).slice(0, 3);
  const listed = largest.map(({ path, size }) => `${shown(path)} (${inMiB(size)})`).join(', ');
  return new Fault({
    code: 'not-committed',
    message: `the uncommitted files in ${given.site.path} hold ${inMiB(sizeOf(given.files))}, but a task may add at most ${inMiB(given.mostBytes)}; the largest are: ${listed}`,
    hint: 'delete the files that do not belong in a commit, or list them in .gitignore',
    data: { largest: largest.map(({ path, size }) => ({ path: shown(path), size })) },
  });
}
