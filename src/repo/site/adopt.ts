// Turns a linked worktree, in which an older version let a worker work, into a site: where it stands, with all that is in
// it. Its records in the person's repository (HEAD, index, an operation in progress, logs) become a git folder of its own.
// To be done when its worker has ended; what is cut off in between is finished at the next look.
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Git } from '../git.ts';
import { branchAt, branchTip, linkAt, shared } from '../registry.ts';
import { headCommit } from './git-files.ts';
import { baseRef, folderId, isSame, readerOf, siteAt, unreadable, writeRecord, type Site } from './record.ts';
import { siteSettings } from './settings.ts';
import { writeReader, writeWorkers } from './skeleton.ts';
import { lentStores } from './stores.ts';

/** Stands in the checkout until it takes the place of `.git`. */
const draftName = '.git.yardmaster';

/** What ties it to the repository that it was linked to. */
const notCopied = new Set(['commondir', 'gitdir', 'locked', 'config.worktree']);

export interface AdoptGiven {
  readonly path: string;
  readonly root: string;
  readonly pushTo: Site['pushTo'];
}

/** Null: no linked worktree stands there. */
export async function adoptWorktree(git: Git, given: AdoptGiven): Promise<Site | null> {
  const link = linkAt(given.path);
  if (link === null) return null;
  const site = siteAt(given.path) ?? (await build(git, { ...given, link }));
  const draft = join(site.path, draftName);
  if (!isSame(folderId(draft), site.gitFolder)) throw unreadable(site.path, `${draft} is not what was made there`);
  const pointer = join(site.path, '.git');
  rmSync(pointer);
  renameSync(draft, pointer);
  rmSync(link.admin, { recursive: true, force: true });
  return site;
}

async function build(git: Git, given: AdoptGiven & { readonly link: NonNullable<ReturnType<typeof linkAt>> }): Promise<Site> {
  const { link, root, pushTo } = given;
  const { common, path, admin } = link;
  const reader = readerOf(path);
  const branch = (await branchAt(git, admin)) ?? `yardmaster/${path.slice(path.lastIndexOf('/') + 1)}`;
  const tip = (await branchTip(git, { common, branch })) ?? headCommit(admin);
  if (tip === null) throw unreadable(path, 'it has no commit');
  const settings = await siteSettings(git, { common, root });
  const draft = join(path, draftName);
  for (const folder of [draft, reader]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(reader, { recursive: true, mode: 0o700 });
  const stores = lentStores(common);
  const facts = { path, reader, common, branch, base: tip, settings, stores, start: null, packedRefs: '' };
  writeReader(facts);
  writeWorkers({ ...facts, gitFolder: draft });
  for (const name of readdirSync(admin)) {
    if (!notCopied.has(name) && !name.endsWith('.lock')) cpSync(join(admin, name), join(draft, name), { recursive: true });
  }
  // Of a sparse checkout only its index tells what is left out; any other is read anew from the commit.
  if (settings.sparse && existsSync(join(admin, 'index'))) copyFileSync(join(admin, 'index'), join(reader, 'index'));
  const [folder, gitFolder] = [folderId(path), folderId(draft)];
  if (folder === null || gitFolder === null) throw unreadable(path, 'it is gone');
  await git.text({ ...shared(common), args: ['update-ref', baseRef(branch), tip] });
  const site: Site = {
    version: 1,
    path,
    folder,
    gitFolder,
    root,
    common,
    branch,
    base: tip,
    pushTo,
    adopted: true,
    sparse: settings.sparse,
    stores,
    largeFiles: settings.largeFiles,
    taken: tip,
    reader,
  };
  writeRecord(site);
  return site;
}
