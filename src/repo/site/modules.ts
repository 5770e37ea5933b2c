// Fills the folders of submodules in a new site from the person's own copies, nested ones too, without any network. Each
// becomes a repository of its own beside the person's, like the site itself, with a reference of ours that keeps its commit
// there as long as the site lives. Submodules that the person does not have stay empty folders. Nothing of a worker's can
// run, because no worker was there yet.
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Git } from '../git.ts';
import { leadsTo, shared } from '../registry.ts';
import { allRefs } from './git-refs.ts';
import { hasLinks } from './index-file.ts';
import { moduleEntries, plainName } from './module-entries.ts';
import { dropRef } from './our-refs.ts';
import { baseRef, latin1, type SiteRecord } from './record.ts';
import { siteSettings } from './settings.ts';
import { writeModule } from './skeleton.ts';
import { lentStores } from './stores.ts';

type Module = NonNullable<SiteRecord['modules']>[number];

/** A checkout of ours, and its counterpart in the person's repository. */
interface Super {
  readonly work: string;
  readonly gitFolder: string;
  /** The git folder that we use for looking at the checkout. It contains the checkout's index. */
  readonly reader: string;
  readonly commit: string;
  readonly theirs: { readonly root: string; readonly common: string };
}

/**
 * Fills the submodules' folders of a checkout, nested ones too, and adds each filled one to `into`. `branch`: the site's
 * branch; the references that keep the submodules' commits in the person's copies are named after it.
 */
export async function fillModules(git: Git, given: Super & { readonly branch: string; readonly into: Module[] }): Promise<void> {
  const { work, gitFolder, reader, commit, theirs, branch, into } = given;
  if (hasLinks({ index: join(reader, 'index'), idBytes: commit.length / 2 }) === false) return;
  const at = { cwd: work, env: { GIT_DIR: reader, GIT_WORK_TREE: work } };
  const names = new Map((await moduleEntries(git, { at, commit })).map(({ name, path }) => [path, name]));
  for (const link of await linksOf(git, at)) {
    const name = names.get(link.path);
    if (name === undefined || !plainName(name) || !isEmptyFolder(join(work, link.path))) continue;
    const folder = join(theirs.root, link.path);
    const copies = [leadsTo(folder), join(theirs.common, 'modules', name)];
    const common = await firstWith(git, { copies, commit: link.commit });
    if (common === null) continue;
    const made = { work: join(work, link.path), gitFolder: join(gitFolder, 'modules', name), commit: link.commit, common, branch };
    if (!(await fillOne(git, { ...made, root: folder }))) continue;
    into.push({ common, commit: link.commit });
    await fillModules(git, { ...made, reader: made.gitFolder, theirs: { root: folder, common }, into });
  }
}

/**
 * The entries of an index of ours that link to a commit of another repository. A path that is not valid UTF-8 cannot be a
 * submodule's.
 */
async function linksOf(git: Git, at: { readonly cwd: string; readonly env: Readonly<Record<string, string>> }) {
  const listed = await git.text({ ...at, cwd: latin1(at.cwd), args: ['ls-files', '--stage', '-z'], kind: 'read', bytes: true });
  return listed.split('\0').flatMap((record) => {
    const [, commit, bytes] = /^160000 ([0-9a-f]+) 0\t(.*)$/s.exec(record) ?? [];
    const path = Buffer.from(bytes ?? '', 'latin1').toString('utf8');
    return commit === undefined || latin1(path) !== bytes ? [] : [{ commit, path }];
  });
}

/** The first of the copies that contains the commit; null if none does. */
async function firstWith(
  git: Git,
  given: { readonly copies: readonly (string | null)[]; readonly commit: string },
): Promise<string | null> {
  for (const common of given.copies) {
    if (common === null || !existsSync(join(common, 'HEAD'))) continue;
    const at = shared(common);
    const found = await git.run({
      ...at,
      env: { ...at.env, GIT_NO_LAZY_FETCH: '1' },
      args: ['cat-file', '-e', `${given.commit}^{commit}`],
      kind: 'read',
    });
    if (found.ok) return common;
  }
  return null;
}

/** Returns whether the submodule's files were checked out. If they cannot be (a partial clone), its folder is left empty. */
async function fillOne(
  git: Git,
  given: {
    readonly work: string;
    readonly gitFolder: string;
    readonly commit: string;
    readonly common: string;
    readonly root: string;
    readonly branch: string;
  },
): Promise<boolean> {
  const { work, gitFolder, commit, common, root, branch } = given;
  await git.text({ ...shared(common), args: ['update-ref', baseRef(branch), commit] });
  const settings = await siteSettings(git, { common, root });
  const remotes = [...allRefs(common)].filter(([ref]) => ref.startsWith('refs/remotes/')).map(([ref, id]) => `${id} ${ref}\n`);
  mkdirSync(gitFolder, { recursive: true, mode: 0o700 });
  writeModule({
    common,
    commit,
    settings,
    stores: lentStores(common),
    packedRefs: remotes.join(''),
    gitFolder,
    worktree: relative(gitFolder, work),
  });
  writeFileSync(join(work, '.git'), `gitdir: ${relative(work, gitFolder)}\n`);
  const env = { GIT_DIR: gitFolder, GIT_WORK_TREE: work, GIT_NO_LAZY_FETCH: '1' };
  const answer = await git.run({ cwd: work, env, args: ['read-tree', '-u', '--reset', commit] });
  if (answer.ok) return true;
  for (const name of readdirSync(work)) rmSync(join(work, name), { recursive: true, force: true });
  rmSync(gitFolder, { recursive: true, force: true });
  await dropModules(git, { branch, modules: [{ common, commit }] });
  return false;
}

/** Deletes our references in the person's copies. A failure only means that some objects are kept longer than needed. */
export async function dropModules(git: Git, given: { readonly branch: string; readonly modules: readonly Module[] }): Promise<void> {
  for (const { common } of given.modules) {
    if (existsSync(join(common, 'HEAD'))) await dropRef(git, { common, ref: baseRef(given.branch) });
  }
}

function isEmptyFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true && readdirSync(path).length === 0;
}
