// Objects of git-lfs that belong to commits of a site. The person gets them into their own store together with the commits,
// each checked against its name. They are uploaded with our push, because the person's hook, which would do that, runs
// where the worker's commands run. The destination is read from the base and the person's configuration: the program runs
// in a separate repository without files, at the base, which does not contain the worker's .lfsconfig.
import { createHash } from 'node:crypto';
import { constants, createWriteStream, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Git, GitAnswer, GitCall } from '../git.ts';
import { clip, gitReason } from '../git-reason.ts';
import { reaching, type RemoteAddresses } from '../remote-address.ts';
import { refuseAbove } from './bound.ts';
import { inside, stopped, type Site } from './record.ts';
import { siteSettings } from './settings.ts';
import { writeView } from './skeleton.ts';

const objects = join('lfs', 'objects');

/** The person's own store. If `lfs.storage` names another folder, the reader writes into that as well. */
function personsStore(site: Site): string {
  return site.largeFiles ?? join(site.common, 'lfs');
}

/**
 * For a call that writes files while the worker's .lfsconfig may have effect: large files stay pointers, and no server is
 * called. With the variable alone, git-lfs 3.3 still calls a server that is reached by ssh; an address in the
 * configuration overrides that of the file.
 */
export function withoutLargeFiles<T extends Pick<GitCall, 'args' | 'env'>>(call: T): T {
  return { ...call, args: ['-c', 'lfs.url=https://none.invalid', ...call.args], env: { ...call.env, GIT_LFS_SKIP_SMUDGE: '1' } };
}

/** In bytes. Larger files are no pointers (`git lfs pointer`). */
const largestPointer = 1024;

interface LargeFile {
  /** The object's name. */
  readonly id: string;
  readonly from: string;
}

/** Must be called after the commit's own objects were taken. Faults: `not-taken`, `stopped`. */
export async function keepLargeFiles(git: Git, given: Lacking): Promise<void> {
  await copyLargeFiles(git, { site: given.site, files: await lackingLargeFiles(git, given) });
}

interface Lacking {
  readonly site: Site;
  readonly commit: string;
  readonly mostBytes: number;
  /** Git folders that may contain some, besides the site's two. */
  readonly inner?: readonly string[];
}

/** The objects that the commit needs and the person does not have. Faults: `not-taken` if they are too large together. */
export async function lackingLargeFiles(git: Git, given: Lacking): Promise<readonly LargeFile[]> {
  const { site, mostBytes, inner = [] } = given;
  const store = join(personsStore(site), 'objects');
  const made = [join(site.path, '.git'), site.reader, ...inner].flatMap((gitFolder) => storedIn(join(gitFolder, objects)));
  const lacking = new Map(made.filter(([id]) => !existsSync(objectPath(store, id))));
  if (lacking.size === 0) return [];
  const needed = [...(await pointedTo(git, given))].flatMap((id) => {
    const from = lacking.get(id);
    return from === undefined ? [] : [{ id, from }];
  });
  const size = needed.reduce((sum, { from }) => sum + lstatSync(from).size, 0);
  refuseAbove({ mostBytes, size, what: `the large files (LFS) in ${site.path} have` });
  return needed;
}

/** Faults: `stopped`. */
export async function copyLargeFiles(
  git: Git,
  { site, files }: { readonly site: Site; readonly files: readonly LargeFile[] },
): Promise<void> {
  const [store, scratch] = [join(personsStore(site), 'objects'), join(personsStore(site), 'tmp')];
  for (const { id, from } of files)
    await untilStopped(git, (signal) => copyChecked({ id, from, to: objectPath(store, id), scratch, signal }));
}

/** Here we read files, not git, until the same signal aborts. Faults: `stopped`. */
export async function untilStopped(git: Git, work: (signal: AbortSignal | undefined) => Promise<void>): Promise<void> {
  try {
    await work(git.signal ?? undefined);
  } catch (error) {
    throw git.signal?.aborted === true ? stopped() : error;
  }
}

function objectPath(store: string, id: string): string {
  return join(store, id.slice(0, 2), id.slice(2, 4), id);
}

/** The names and paths of a store's objects. */
function storedIn(store: string): readonly (readonly [string, string])[] {
  if (!existsSync(store)) return [];
  return readdirSync(store, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() && /^[0-9a-f]{64}$/.test(entry.name) ? [[entry.name, join(entry.parentPath, entry.name)] as const] : [],
  );
}

/** The objects that pointers in the commits since the base name. */
async function pointedTo(git: Git, { site, commit }: { readonly site: Site; readonly commit: string }): Promise<ReadonlySet<string>> {
  const at = { ...inside(site), kind: 'read' } as const;
  const listed = await git.text({
    ...at,
    args: ['rev-list', '--objects', '--no-object-names', '--missing=allow-any', commit, '--not', site.base],
  });
  const facts = await git.text({
    ...at,
    args: ['cat-file', '--batch-check=%(objecttype) %(objectsize) %(objectname)'],
    input: `${listed}\n`,
  });
  const small = facts.split('\n').flatMap((line) => {
    const [type, size, id] = line.split(' ');
    return type === 'blob' && id !== undefined && Number(size) < largestPointer ? [`${id}\n`] : [];
  });
  if (small.length === 0) return new Set();
  const texts = await git.text({ ...at, args: ['cat-file', '--batch'], input: small.join(''), bytes: true });
  return new Set([...texts.matchAll(/^oid sha256:([0-9a-f]{64})$/gm)].flatMap(([, id]) => id ?? []));
}

/** Objects whose content does not match their name are left where they are; an upload then reports them as missing. */
async function copyChecked(given: {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly scratch: string;
  readonly signal: AbortSignal | undefined;
}): Promise<void> {
  const { id, from, to, scratch, signal } = given;
  mkdirSync(scratch, { recursive: true });
  const draft = join(scratch, crypto.randomUUID());
  const file = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) return;
    const hash = createHash('sha256');
    const source = file.createReadStream({ autoClose: false });
    source.on('data', (chunk) => hash.update(chunk));
    await pipeline(source, createWriteStream(draft, { mode: 0o644 }), { signal });
    if (hash.digest('hex') !== id) return;
    mkdirSync(dirname(to), { recursive: true });
    renameSync(draft, to);
  } finally {
    await file.close();
    rmSync(draft, { force: true });
  }
}

/** Null if there was nothing to upload, or if everything has been uploaded. */
export async function uploadLargeFiles(
  git: Git,
  given: { readonly site: Site; readonly commit: string; readonly remote: string; readonly addresses: RemoteAddresses },
): Promise<{ readonly came: 'refused' | 'unreachable'; readonly message: string } | null> {
  const { site, commit, remote, addresses } = given;
  // git-lfs creates this folder wherever it runs.
  if (site.largeFiles == null && ![site.reader, join(site.path, '.git')].some((gitFolder) => existsSync(join(gitFolder, 'lfs'))))
    return null;
  const args = ['config', '--get-regexp', String.raw`^filter\.lfs\.(clean|process)$`];
  if (!/git-lfs/.test((await git.maybe({ ...inside(site), args, kind: 'read' })) ?? '')) return null;
  const view = await mkdtemp(join(site.reader, 'upload-'));
  try {
    // What these commits have is at the remote already; only later commits are examined.
    const there = [site.base, ...(site.onto === undefined ? [] : [site.onto])];
    const packedRefs = there.map((id, at) => `${id} refs/remotes/${remote}/yardmaster${at}\n`).join('');
    // All objects that were taken are in the person's store, each of them checked. An upload does not read borrowed stores.
    // (The program for remotes at a local path would use `-c` and GIT_DIR for the remote as well.)
    const settings = { ...(await siteSettings(git, site)), largeFiles: personsStore(site) };
    writeView({ site, gitFolder: join(view, '.git'), settings, head: site.base, packedRefs });
    const ref = `refs/heads/${site.branch}`;
    for (const address of addresses.push) {
      const call = {
        cwd: view,
        env: { GIT_NO_LAZY_FETCH: '1' },
        args: ['lfs', 'pre-push', remote, address],
        input: `${ref} ${commit} ${ref} ${'0'.repeat(commit.length)}\n`,
        kind: 'push',
      } as const;
      const answer = await git.run(reaching(call, addresses));
      if (!answer.ok)
        return {
          came: isAway(answer) ? 'unreachable' : 'refused',
          message: `the large files (LFS) could not be uploaded: ${reasonOf(answer)}`,
        };
    }
    return null;
  } finally {
    await rm(view, { recursive: true, force: true });
  }
}

/** git-lfs reports missing objects on standard output. */
function reasonOf(answer: GitAnswer): string {
  const lines = `${answer.stderr}\n${answer.stdout}`
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '' && !/^(?:hint:|Uploading LFS objects:)/.test(line));
  return lines.length === 0 ? gitReason(answer) : clip(lines.join('; '));
}

function isAway({ timedOut, aborted, stderr, stdout }: GitAnswer): boolean {
  return (
    timedOut || aborted || /dial tcp|no such host|connection (?:refused|reset)|i\/o timeout|TLS handshake|HTTP 5\d\d/i.test(stderr + stdout)
  );
}
