// Writes all that stands in a checkout (tracked, untracked, deleted; not what is ignored) as a tree object of the reader's,
// through an index of ours: it does not matter in which state the worker's own index is (conflicts, a stale lock, bits that
// hide changes), and nothing in the checkout is changed. Repositories inside are taken in as plain files at their path, and
// the commits that only they have are answered as `tips`; git is never run with a repository of theirs.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Git, GitCall } from '../git.ts';
import { gitReason } from '../git-reason.ts';
import { isWithin } from '../registry.ts';
import { textOf } from '../shell-words.ts';
import { refuseAbove, sizeOnDisk } from './bound.ts';
import { below, fileText } from './git-files.ts';
import { allRefs } from './git-refs.ts';
import { holdingsOf, linkedFolders } from './holdings.ts';
import { besideLinks } from './beside-links.ts';
import { copyIndex } from './index-copy.ts';
import { indexVersion } from './index-file.ts';
import { markLeftOut } from './left-out.ts';
import { gitFolderAt, isFolder, nestedCommit } from './nested.ts';
import { alternatesFile, alternatesText, inside, latin1, raw, stopped, through, type Site } from './record.ts';
import { closedIn, pipesAmong } from './tree.ts';

export interface Snapshot {
  readonly tree: string;
  readonly tips: readonly string[];
}

/** Where a snapshot is made: `scratch` is an empty folder, to be deleted after it. */
export interface Workshop {
  readonly git: Git;
  readonly site: Site;
  readonly scratch: string;
  /** Git folders of repositories inside, and the one by which they are looked at: there may be large files (LFS) in them. */
  readonly inner: Set<string>;
  /** How much there may be that is not committed, and how much was seen so far: what is too much is not even written down. */
  readonly room: { readonly bytes: number; used: number };
}

/** Paths here are bytes, one character each. */
interface View {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** A repository's git folder, for the commits that only it has; null: none that we may read. */
  readonly gitFolder: string | null;
  /** Nested repositories to take in although they are ignored, with a closing slash. */
  readonly also: readonly string[];
}

/** The index that it starts from is the reader's, which knows what is left out of a sparse checkout. */
export async function snapshot(shop: Workshop): Promise<Snapshot> {
  const { site } = shop;
  const index = join(shop.scratch, 'index');
  if (existsSync(join(site.reader, 'index'))) {
    await copyIndex(join(site.reader, 'index'), index);
    await markLeftOut(shop.git, { site, index });
  }
  // Agents like to put worktrees of their own into an ignored folder of theirs; they go down with it, so they are saved.
  const top = latin1(site.path);
  const also = linkedFolders(join(site.path, '.git')).flatMap((record) => {
    const pointer = fileText(below(record, 'gitdir'))?.trim();
    const folder = pointer === undefined ? null : resolve(record.toString('latin1'), pointer, '..');
    return folder !== null && folder !== top && isWithin(top, folder) && isFolder(folder) ? [`${relative(top, folder)}/`] : [];
  });
  return takeIn(shop, { folder: top, env: through(site, index).env, gitFolder: null, also });
}

async function takeIn(shop: Workshop, view: View): Promise<Snapshot> {
  const { git, site } = shop;
  const at = { cwd: view.folder, env: view.env };
  const others = await whole(git, { ...at, args: ['ls-files', '--others', '--exclude-standard', '-z'], kind: 'read', bytes: true });
  const paths = others.split('\0').filter((path) => path !== '');
  const { room } = shop;
  room.used += sizeOnDisk({ folder: view.folder, paths });
  refuseAbove({ mostBytes: room.bytes, size: room.used, what: 'its files hold' });
  const broken = repositoriesAbove({ top: view.folder, paths });
  const untracked = [...new Set([...paths.filter((path) => path.endsWith('/')), ...broken.values()])];
  const links = await linksOf(git, at);
  const pipes = await besideLinks(git, { site, folder: view.folder, index: view.env['GIT_INDEX_FILE'] ?? '' }, (index) =>
    pipesAmong(git, { ...at, env: { ...at.env, GIT_INDEX_FILE: index } }),
  );
  const closed = [...untracked.map((path) => path.slice(0, -1)), ...links, ...pipes];
  // Git would refuse where nothing else is left in an index.
  const isSparse = site.sparse || indexVersion(view.env['GIT_INDEX_FILE'] ?? '') === 3;
  // Line ends that a checkout would not give back exactly are no reason to refuse here.
  const add = ['-c', 'core.safecrlf=false', 'add', '--all', ...(isSparse ? ['--sparse'] : [])];
  const input = ['.', ...closed.map((path) => `:(exclude,top,literal)${path}`)].join('\0');
  await whole(git, { ...at, args: [...add, '--pathspec-from-file=-', '--pathspec-file-nul'], input, bytes: true });
  const tips = view.gitFolder === null ? [] : [...holdingsOf(raw(view.gitFolder)).named];
  for (const nested of new Set([...untracked, ...view.also, ...links.map((path) => `${path}/`)])) {
    const tracked = links.includes(nested.slice(0, -1));
    const folder = join(view.folder, nested.slice(0, -1));
    if (tracked && !isFolder(folder)) continue;
    const inner = await takeInNested(shop, folder);
    if (inner === null || (tracked && (await isAsItCame(shop, { folder, inner })))) continue;
    if (tracked) await git.text({ ...at, args: ['update-index', '--force-remove', '--', nested.slice(0, -1)], bytes: true });
    await git.text({ ...at, args: ['read-tree', `--prefix=${nested}`, inner.tree], bytes: true });
    tips.push(...inner.tips);
  }
  return { tree: await git.text({ ...at, args: ['write-tree'], bytes: true }), tips };
}

/** Standard output. Fails where git could not look at all of it: what it did not see would be lost. */
async function whole(git: Git, call: GitCall): Promise<string> {
  const answer = await git.run(call);
  const closed = closedIn(answer.stderr);
  if (answer.ok && closed === null) return answer.stdout;
  if (answer.aborted) throw stopped();
  throw new Error(closed ?? gitReason(answer));
}

/**
 * The folders below `top`, each with a closing slash, that hold a repository which git does not take for one, because its HEAD
 * is missing or something odd: by each path that is in one, the outermost. All in bytes.
 */
export function repositoriesAbove(given: { readonly top: string; readonly paths: readonly string[] }): ReadonlyMap<string, string> {
  const known = new Map<string, boolean>();
  const holds = (folder: string): boolean => {
    const before = known.get(folder) ?? isFolder(`${given.top}/${folder}.git/objects`);
    known.set(folder, before);
    return before;
  };
  return new Map(
    given.paths.flatMap((path): [string, string][] => {
      for (let end = path.indexOf('/'); end !== -1 && end < path.length - 1; end = path.indexOf('/', end + 1)) {
        const folder = path.slice(0, end + 1);
        if (holds(folder)) return [[path, folder]];
      }
      return [];
    }),
  );
}

/** Paths of links to other repositories in the index. */
async function linksOf(git: Git, at: Pick<View, 'env'> & { readonly cwd: string }): Promise<readonly string[]> {
  const staged = await git.text({ ...at, args: ['ls-files', '--stage', '-z'], kind: 'read', bytes: true });
  return staged.split('\0').flatMap((record) => (record.startsWith('160000 ') ? [record.slice(record.indexOf('\t') + 1)] : []));
}

/**
 * With a repository folder made for the purpose, which writes into the reader's objects: the nested repository's own
 * configuration, which an agent may have written, is not used, nor are our rules about what is ignored.
 */
async function takeInNested(shop: Workshop, folder: string): Promise<Snapshot | null> {
  if (!isFolder(folder)) return null;
  const { git, site, scratch } = shop;
  const own = join(scratch, 'nested.git');
  if (!existsSync(own)) {
    mkdirSync(own);
    const format = await git.text({
      cwd: site.reader,
      env: { GIT_DIR: site.reader },
      args: ['rev-parse', '--show-object-format'],
      kind: 'read',
    });
    await git.text({ cwd: own, args: ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, '.'] });
  }
  const gitFolder = gitFolderAt(site, folder);
  if (gitFolder !== null) borrow(site, gitFolder);
  for (const one of [own, gitFolder === null ? null : textOf(gitFolder)]) if (one !== null) shop.inner.add(one);
  const env = {
    GIT_DIR: own,
    // The folder's own name may be any bytes, which a variable cannot hold: git is called in it.
    GIT_WORK_TREE: '.',
    GIT_INDEX_FILE: join(scratch, `index-${crypto.randomUUID()}`),
    GIT_OBJECT_DIRECTORY: join(site.reader, 'objects'),
    GIT_NO_LAZY_FETCH: '1',
  };
  // From its own commit on, whose links to others are then known as such. What cannot be read there is not needed.
  const head = gitFolder === null ? null : nestedCommit(gitFolder);
  if (head !== null) await git.maybe({ cwd: own, env, args: ['read-tree', head] });
  return takeIn(shop, { folder, env, gitFolder, also: [] });
}

/** Its objects are seen through the reader from here on. */
function borrow(site: Site, gitFolder: string): void {
  const objects = `${gitFolder}/objects`;
  if (!isFolder(objects)) return;
  const file = alternatesFile(site.reader);
  const known = fileText(file) ?? '';
  const line = alternatesText([objects]);
  if (!known.includes(line)) writeFileSync(file, known + line, 'latin1');
}

export function emptyTree(git: Git, site: Site): Promise<string> {
  return git.text({ ...inside(site), args: ['hash-object', '-w', '-t', 'tree', '--stdin'], input: '' });
}

/** Does the submodule hold just the files of its commit, and no commit that its remote is not known to have? */
async function isAsItCame(shop: Workshop, given: { readonly folder: string; readonly inner: Snapshot }): Promise<boolean> {
  const { git, site } = shop;
  const gitFolder = gitFolderAt(site, given.folder);
  // Without a repository that can be read, files are all that there is: the agent may have taken the repository away.
  if (gitFolder === null) return given.inner.tree === (await emptyTree(git, site));
  const view = { cwd: site.reader, env: { GIT_DIR: site.reader, GIT_NO_LAZY_FETCH: '1' } };
  const refs = allRefs(raw(gitFolder));
  const head = nestedCommit(gitFolder);
  if (head === null) return false;
  const remote = [...refs].flatMap(([ref, commit]) => (ref.startsWith('refs/remotes/') ? [commit] : []));
  const tree = await git.maybe({ ...view, args: ['rev-parse', '--verify', '--quiet', `${head}^{tree}`], kind: 'read' });
  if (tree !== given.inner.tree) return false;
  // Those that the base links to came from the person.
  const came = [...remote, ...(site.modules ?? []).map(({ commit }) => commit)];
  const input = [...holdingsOf(raw(gitFolder)).named, ...came.map((commit) => `^${commit}`), ''].join('\n');
  const args = ['rev-list', '--max-count=1', '--ignore-missing', '--stdin'];
  return (await git.maybe({ ...view, args, input, kind: 'read' })) === '';
}
