// Writes the content of a checkout (tracked, untracked, deleted; not ignored) as a tree object of the reader's, through an
// index of ours. The state of the worker's own index (conflicts, a stale lock, bits that hide changes) does not matter, and
// nothing in the checkout is changed. Repositories inside are included as plain files, and commits that only they have are
// returned as `tips`. Git is never run with their repositories.
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

/** Where a snapshot is made: `scratch` is an empty folder, to be deleted afterwards. */
export interface Workshop {
  readonly git: Git;
  readonly site: Site;
  readonly scratch: string;
  /**
   * Git folders of repositories inside, and of those through which they are looked at: they may contain large files
   * (LFS).
   */
  readonly inner: Set<string>;
  /** The limit of uncommitted content, and how much was found so far. What is too much is not even written. */
  readonly room: { readonly bytes: number; used: number };
}

/** Paths here are bytes, one character each. */
interface View {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** The repository's git folder, for commits that only it has; null if we may read none. */
  readonly gitFolder: string | null;
  /** Nested repositories to include although they are ignored, with a closing slash. */
  readonly also: readonly string[];
}

/** It starts from the reader's index, which knows the files that a sparse checkout leaves out. */
export async function snapshot(shop: Workshop): Promise<Snapshot> {
  const { site } = shop;
  const index = join(shop.scratch, 'index');
  if (existsSync(join(site.reader, 'index'))) {
    await copyIndex(join(site.reader, 'index'), index);
    await markLeftOut(shop.git, { site, index });
  }
  // Agents often put worktrees of their own into an ignored folder; these are deleted with it, so they are saved.
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
  // Git would refuse if nothing else is left in the index.
  const isSparse = site.sparse || indexVersion(view.env['GIT_INDEX_FILE'] ?? '') === 3;
  // Line ends that a checkout would not restore exactly are no reason to refuse here.
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

/** Returns standard output. Throws if git could not read everything, because what it did not see would be lost. */
async function whole(git: Git, call: GitCall): Promise<string> {
  const answer = await git.run(call);
  const closed = closedIn(answer.stderr);
  if (answer.ok && closed === null) return answer.stdout;
  if (answer.aborted) throw stopped();
  throw new Error(closed ?? gitReason(answer));
}

/**
 * The folders below `top`, each with a closing slash, that contain a repository which git does not recognize, because its
 * HEAD is missing or something is odd. The key is a path inside, the value the outermost such folder. All in bytes.
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
 * Uses a repository folder that is made for this purpose and writes into the reader's objects. Neither the nested
 * repository's own configuration, which an agent may have written, nor our rules about ignored files have any effect.
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
    // The folder's name may be any bytes, which a variable cannot hold, so git is called inside it.
    GIT_WORK_TREE: '.',
    GIT_INDEX_FILE: join(scratch, `index-${crypto.randomUUID()}`),
    GIT_OBJECT_DIRECTORY: join(site.reader, 'objects'),
    GIT_NO_LAZY_FETCH: '1',
  };
  // Starting from its own commit, links to other repositories are recognized. An unreadable part of that commit is not
  // needed.
  const head = gitFolder === null ? null : nestedCommit(gitFolder);
  if (head !== null) await git.maybe({ cwd: own, env, args: ['read-tree', head] });
  return takeIn(shop, { folder, env, gitFolder, also: [] });
}

/** From here on, the reader sees its objects. */
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

/** Whether the submodule contains exactly the files of its commit, and no commit that its remote is not known to have. */
async function isAsItCame(shop: Workshop, given: { readonly folder: string; readonly inner: Snapshot }): Promise<boolean> {
  const { git, site } = shop;
  const gitFolder = gitFolderAt(site, given.folder);
  // Without a readable repository, only the files remain: the agent may have removed the repository.
  if (gitFolder === null) return given.inner.tree === (await emptyTree(git, site));
  const view = { cwd: site.reader, env: { GIT_DIR: site.reader, GIT_NO_LAZY_FETCH: '1' } };
  const refs = allRefs(raw(gitFolder));
  const head = nestedCommit(gitFolder);
  if (head === null) return false;
  const remote = [...refs].flatMap(([ref, commit]) => (ref.startsWith('refs/remotes/') ? [commit] : []));
  const tree = await git.maybe({ ...view, args: ['rev-parse', '--verify', '--quiet', `${head}^{tree}`], kind: 'read' });
  if (tree !== given.inner.tree) return false;
  // The commits that the base links to came from the person.
  const came = [...remote, ...(site.modules ?? []).map(({ commit }) => commit)];
  const input = [...holdingsOf(raw(gitFolder)).named, ...came.map((commit) => `^${commit}`), ''].join('\n');
  const args = ['rev-list', '--max-count=1', '--ignore-missing', '--stdin'];
  return (await git.maybe({ ...view, args, input, kind: 'read' })) === '';
}
