// Handles repositories inside a linked worktree whose records are beside the worktree's own: submodules, and worktrees that
// an agent linked to the same repository. Their records are copied into the worktree's new git folder, and the `.git` files
// that lead to the old records are rewritten.
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import type { Git } from '../git.ts';
import { branchAt, canonical, isWithin, linkedWorktrees, type Linked } from '../registry.ts';
import { copyBranch, copyFiles } from './adopt-files.ts';
import { fileText } from './git-files.ts';
import type { Site } from './record.ts';

export interface Inner {
  /** Where it is checked out. */
  readonly folder: string;
  /** Its records: where they were, where they are prepared, and where they will be. */
  readonly from: string;
  readonly draft: string;
  readonly to: string;
  /** It is a linked worktree: the person's repository has records of it, which are removed. */
  readonly registered: boolean;
}

interface Place {
  readonly top: string;
  readonly from: string;
  readonly draft: string;
  readonly to: string;
}

/** Copies the records of linked worktrees. Those of submodules were copied with everything else. */
export async function innerRepositories(
  git: Git,
  given: { readonly link: Linked & { readonly common: string }; readonly gitFolder: string },
): Promise<readonly Inner[]> {
  const { link, gitFolder } = given;
  const { path, admin, common } = link;
  const own: Place = { top: path, from: admin, draft: gitFolder, to: join(path, '.git') };
  const found = [...(await submodulesIn(git, own))];
  for (const linked of linkedWorktrees(common)) {
    if (linked.path === path || !isWithin(path, linked.path)) continue;
    const inner = await copyLinked(git, { own, linked });
    found.push(inner, ...(await submodulesIn(git, { ...inner, top: path })));
  }
  return found;
}

async function copyLinked(git: Git, given: { readonly own: Place; readonly linked: Linked }): Promise<Inner> {
  const { own, linked } = given;
  const name = join('worktrees', basename(linked.admin));
  const inner: Inner = { folder: linked.path, from: linked.admin, draft: join(own.draft, name), to: join(own.to, name), registered: true };
  mkdirSync(inner.draft, { recursive: true });
  for (const entry of await readdir(inner.from)) await copyFiles(join(inner.from, entry), join(inner.draft, entry));
  writeFileSync(join(inner.draft, 'commondir'), '../..\n');
  writeFileSync(join(inner.draft, 'gitdir'), `${join(inner.folder, '.git')}\n`);
  const branch = await branchAt(git, inner.from);
  if (branch !== null) await copyBranch(git, { admin: inner.from, gitFolder: own.draft, branch });
  return inner;
}

/** Each is a repository below `modules`, and may contain further ones. */
async function submodulesIn(git: Git, place: Place): Promise<readonly Inner[]> {
  const found: Inner[] = [];
  const folders = ['modules'];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const draft = join(place.draft, folder);
    if (lstatSync(draft, { throwIfNoEntry: false })?.isDirectory() !== true) continue;
    const isRepository = ['HEAD', 'config', 'objects'].every((name) => existsSync(join(draft, name)));
    const own = folder;
    folders.push(...(isRepository ? ['modules'] : readdirSync(draft)).map((name) => join(own, name)));
    if (!isRepository) continue;
    const inner = await submodule(git, { place, name: folder });
    if (inner !== null) found.push(inner);
  }
  return found;
}

/** Its configuration names its checkout, relative to the folder of its records. */
async function submodule(git: Git, given: { readonly place: Place; readonly name: string }): Promise<Inner | null> {
  const { place, name } = given;
  const [from, draft, to] = [place.from, place.draft, place.to].map((folder) => join(folder, name)) as [string, string, string];
  const config = ['config', '--file', join(draft, 'config')];
  const way = await git.maybe({ cwd: '/', args: [...config, '--get', 'core.worktree'], kind: 'read' });
  const folder = way === null ? null : canonical(resolve(from, way));
  if (folder === null || !isWithin(place.top, folder)) return null;
  await git.text({ cwd: '/', args: [...config, 'core.worktree', relative(to, folder)] });
  return { folder, from, draft, to, registered: false };
}

/** Rewrites the `.git` file in the checkout if it leads to the old records. */
export function relink(site: Site, { folder, from, to }: Inner): void {
  if (canonical(folder) !== folder || !isWithin(site.path, folder)) return;
  const file = join(folder, '.git');
  const way = /^gitdir: (.+)\n?$/.exec(Buffer.from(fileText(file) ?? '', 'latin1').toString('utf8'))?.[1];
  if (way === undefined || canonical(resolve(folder, way)) !== from) return;
  // A different name for each process that does the same.
  const draft = join(site.reader, `link-${crypto.randomUUID()}`);
  writeFileSync(draft, `gitdir: ${relative(folder, to)}\n`);
  renameSync(draft, file);
}
