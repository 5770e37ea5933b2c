// Records the person's repository byte for byte, and reports later changes. It leaves out everything that only we or the
// agents write: the branches of tasks, our own references, added objects, and TODO.md, which is ticked.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export interface Picture {
  /** Path to content, for everything in the git folder and in the checkout. */
  readonly files: ReadonlyMap<string, string>;
  /** Reference name to target; whether it is packed does not count. */
  readonly refs: ReadonlyMap<string, string>;
  readonly objects: ReadonlySet<string>;
}

interface Repository {
  readonly repo: string;
  /** The git folder, if it is not the folder `.git` of the checkout. */
  readonly gitFolder?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const oursInGit =
  /^(objects|lfs|worktrees|refs|reftable|modules\/.*\/objects|logs\/refs\/(yardmaster|(heads|remotes\/[^/]+)\/yard))(\/|$)|^(packed-refs|info\/refs|gc\.(log|pid)|FETCH_HEAD|COMMIT_EDITMSG)$/;
const oursInRefs = /^refs\/(heads\/yard|remotes\/[^/]+\/yard|yardmaster)\//;

/** Must be called while nothing of ours runs, because files may come and go between two reads. */
export function pictureOf(given: Repository): Picture {
  // `git rev-parse --git-dir` is not used, because a setting may have broken the repository; the files are compared.
  const gitFolder = given.gitFolder ?? join(given.repo, '.git');
  const git = (...args: string[]): string =>
    execFileSync('git', ['--git-dir', gitFolder, '-c', 'core.bare=false', '-c', `core.worktree=${given.repo}`, ...args], {
      cwd: given.repo,
      env: given.env,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    }).trimEnd();
  const files = new Map<string, string>();
  for (const [path, content] of filesBelow(gitFolder, oursInGit)) files.set(`.git/${path}`, content);
  for (const [path, content] of filesBelow(given.repo, /^(\.git|TODO\.md)(\/|$)/)) files.set(path, content);
  const refs = git('for-each-ref', '--format=%(refname) %(objectname)%(symref)')
    .split('\n')
    .map((line) => line.split(' ') as [string, string])
    .filter(([name]) => !oursInRefs.test(name));
  const objects = git('cat-file', '--batch-all-objects', '--batch-check=%(objectname)').split('\n');
  return { files, refs: new Map(refs), objects: new Set(objects) };
}

/** Descriptions of all changes; it should be empty. */
export function changesSince(before: Picture, given: Repository): string[] {
  let after: Picture;
  try {
    after = pictureOf(given);
  } catch (error) {
    return [`the repository cannot be read any more: ${String(error).split('\n').slice(0, 2).join(' ')}`];
  }
  return [
    ...differences(before.files, after.files).map((what) => `the file ${what}`),
    ...differences(before.refs, after.refs).map((what) => `the reference ${what}`),
    ...[...before.objects].filter((object) => !after.objects.has(object)).map((object) => `the object ${object} is gone`),
  ];
}

function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [
    ...[...before].flatMap(([name, value]) => {
      const now = after.get(name);
      return now === value ? [] : [`${name} ${now === undefined ? 'is gone' : 'has changed'}`];
    }),
    ...[...after.keys()].flatMap((name) => (before.has(name) ? [] : [`${name} is new`])),
  ].toSorted();
}

/** Names are bytes, one character each. */
function* filesBelow(root: string, except: RegExp, below = ''): Generator<[string, string]> {
  const at = (path: string): Buffer => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')]);
  for (const name of readdirSync(at(below), 'latin1')) {
    const path = below === '' ? name : `${below}/${name}`;
    if (except.test(path)) continue;
    const stats = lstatSync(at(path));
    if (stats.isDirectory()) yield* filesBelow(root, except, path);
    else yield [path, contentOf(at(path), stats)];
  }
}

function contentOf(path: Buffer, stats: ReturnType<typeof lstatSync> & object): string {
  const kind = `${(Number(stats.mode) & 0o170000).toString(8)} ${(Number(stats.mode) & 0o777).toString(8)}`;
  if (stats.isSymbolicLink()) return `${kind} → ${readlinkSync(path)}`;
  // Reading a pipe would wait for a writer.
  if (!stats.isFile()) return kind;
  return `${kind} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
}
