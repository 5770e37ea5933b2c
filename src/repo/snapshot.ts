// Writes all that stands in a worktree's folder (tracked, untracked, deleted; not what is ignored) as a tree object,
// through an index of its own: it does not matter in which state the worktree's own index is (conflicts, a stale lock,
// bits that hide changes), and nothing in the worktree is changed. Repositories inside the folder are taken in as
// plain files at their path, and the commits that only they have are answered as `tips`.
import { lstat, mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { allBut, untrackedRepositories } from './commit-all.ts';
import type { Git } from './git.ts';
import { nestedTips, submoduleIsSafe } from './nested.ts';
import { isWithin, linkedWorktrees, none, shared } from './registry.ts';
import type { Linked } from './registry.ts';

export interface Snapshot {
  readonly tree: string;
  readonly tips: readonly string[];
}

/** Where a snapshot is made: `scratch` is an empty folder, and `refs` a space for references, both to be deleted after it. */
export interface Workshop {
  readonly git: Git;
  readonly common: string;
  readonly scratch: string;
  readonly refs: string;
}

interface View {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** What the index starts from. */
  readonly head: string | null;
  /** Nested repositories to take in although they are ignored, with a closing slash. */
  readonly also: readonly string[];
}

export async function snapshot(shop: Workshop, given: { readonly linked: Linked; readonly head: string | null }): Promise<Snapshot> {
  const { linked, head } = given;
  // Agents like to put worktrees of their own into an ignored folder of theirs; they go down with it, so they are saved.
  const also: string[] = [];
  for (const other of linkedWorktrees(shop.common)) {
    if (other.path === linked.path || !isWithin(linked.path, other.path)) continue;
    if ((await lstat(other.path).catch(none)) !== null) also.push(`${relative(linked.path, other.path)}/`);
  }
  return takeIn(shop, { folder: linked.path, env: { GIT_DIR: linked.admin }, head, also });
}

async function takeIn(shop: Workshop, view: View): Promise<Snapshot> {
  const { git } = shop;
  const index = join(shop.scratch, `index-${crypto.randomUUID()}`);
  const at = { cwd: view.folder, env: { ...view.env, GIT_WORK_TREE: view.folder, GIT_INDEX_FILE: index } };
  await git.text({ ...at, args: ['read-tree', view.head ?? '--empty'] });
  const untracked = await untrackedRepositories(git, at);
  // Line ends that a checkout would not give back exactly are no reason to refuse here.
  await git.text({
    ...at,
    args: ['-c', 'core.safecrlf=false', 'add', '--all', '--pathspec-from-file=-', '--pathspec-file-nul'],
    input: allBut(untracked),
  });
  const tips: string[] = [];
  for (const nested of new Set([...untracked, ...view.also, ...(await unsafeSubmodules(git, { at, folder: view.folder }))])) {
    const inner = await takeInNested(shop, join(view.folder, nested));
    await git.text({ ...at, args: ['read-tree', `--prefix=${nested}`, inner.tree] });
    tips.push(...inner.tips);
  }
  return { tree: await git.text({ ...at, args: ['write-tree'] }), tips };
}

/** Submodules that are checked out and have something of their own; taken out of the index, to be taken in as files. */
async function unsafeSubmodules(
  git: Git,
  given: { readonly at: { readonly cwd: string; readonly env: Readonly<Record<string, string>> }; readonly folder: string },
): Promise<readonly string[]> {
  const staged = await git.text({ ...given.at, args: ['ls-files', '--stage', '-z'], kind: 'read' });
  const found: string[] = [];
  for (const record of staged.split('\0')) {
    if (!record.startsWith('160000 ')) continue;
    const path = record.slice(record.indexOf('\t') + 1);
    if ((await lstat(join(given.folder, path, '.git')).catch(none)) === null) continue;
    if (await submoduleIsSafe(git, join(given.folder, path))) continue;
    await git.text({ ...given.at, args: ['update-index', '--force-remove', '--', path] });
    found.push(`${path}/`);
  }
  return found;
}

/**
 * With a repository folder made for the purpose, which writes into our object store: the nested repository's own
 * configuration, which an agent may have written, is not used, nor are our rules about what is ignored.
 */
async function takeInNested(shop: Workshop, folder: string): Promise<Snapshot> {
  const { git, common } = shop;
  const own = join(shop.scratch, 'nested.git');
  if ((await lstat(own).catch(none)) === null) {
    const format = await git.text({ ...shared(common), args: ['rev-parse', '--show-object-format'], kind: 'read' });
    await mkdir(own);
    await git.text({ cwd: own, args: ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, '.'] });
  }
  const inner = await takeIn(shop, { folder, env: { GIT_DIR: own, GIT_OBJECT_DIRECTORY: join(common, 'objects') }, head: null, also: [] });
  return { tree: inner.tree, tips: [...inner.tips, ...(await nestedTips(shop, folder))] };
}
