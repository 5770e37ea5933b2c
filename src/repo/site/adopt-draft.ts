// Prepares a site from a linked worktree, beside it: the reader with its record, and inside it the git folder that the
// worktree is going to have. Nothing in the worktree is changed; in the person's repository only a reference of ours is
// written.
import { appendFileSync, existsSync, lstatSync, rmSync, writeFileSync } from 'node:fs';
import { cp, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Git } from '../git.ts';
import { branchAt, branchTip, shared, type Linked } from '../registry.ts';
import { copyBranch, copyFiles } from './adopt-files.ts';
import { innerRepositories, type Inner } from './adopt-inner.ts';
import { keepObjects } from './adopt-objects.ts';
import { fileText } from './git-files.ts';
import { headBranch } from './git-refs.ts';
import { writeIndexCommit } from './make.ts';
import { baseRef, folderId, latin1, through, unreadable, writeRecord, type Site } from './record.ts';
import { siteSettings, type SiteSettings } from './settings.ts';
import { settingsText } from './git-setting.ts';
import { writeReader, writeWorkers } from './skeleton.ts';
import { lentStores } from './stores.ts';

/** What remains to be done once the site exists. */
export interface Linking {
  /** The worktree's records in the person's repository. */
  readonly admin: string;
  readonly inner: readonly Inner[];
  /** Folders of worktrees whose records we may remove. */
  readonly places: readonly string[];
}

export function linkedFile(reader: string): string {
  return join(reader, 'linked.json');
}

export function workersDraft(reader: string): string {
  return join(reader, 'linked.git');
}

/** Files that tie the worktree to its repository, and files that are read in another form. */
const notCopied = new Set(['commondir', 'gitdir', 'locked', 'config.worktree', 'reftable']);

const resolved = ['rev-parse', '--verify', '--quiet'];

export interface DraftGiven extends Pick<Site, 'root' | 'pushTo' | 'reader'> {
  readonly link: Linked & { readonly common: string };
}

export async function draftSite(git: Git, given: DraftGiven): Promise<void> {
  const { link, root, pushTo, reader } = given;
  const { common, path, admin } = link;
  const branch = await branchOf(git, link);
  const made = await branchTip(git, { common, branch });
  const tip = made ?? (await git.maybe({ ...shared(admin), args: [...resolved, 'HEAD^{commit}'], kind: 'read' })) ?? lastLogged(admin);
  if (tip === null) throw unreadable(path, 'it has no commit');
  // The settings as they hold in this worktree, which may have some of its own.
  const settings = await siteSettings(git, { common: admin, root });
  const gitFolder = workersDraft(reader);
  const stores = lentStores(common);
  const facts = { path, reader, common, branch, tip, settings, stores, start: null, packedRefs: '' };
  writeReader(facts);
  appendFileSync(join(reader, 'config'), sparseText(settings));
  writeWorkers({ ...facts, gitFolder });
  await copyRecords(git, { admin, gitFolder });
  for (const folder of [reader, gitFolder]) await copySparse({ admin, folder });
  const inner = await innerRepositories(git, { link, gitFolder });
  const linkedOnes = inner.filter(({ registered }) => registered);
  await keepObjects(git, { common, tip, gitFolder, records: [{ draft: gitFolder, from: admin, folder: path }, ...linkedOnes] });
  const sparse = (await indexOf(git, { ...given, tip })) || settings.sparse;
  const [folder, own] = [folderId(path), folderId(gitFolder)];
  if (folder === null || own === null) throw unreadable(path, 'it is gone');
  if (folder.dev !== own.dev) throw unreadable(path, `it is on another file system than ${dirname(reader)}`);
  await git.text({ ...shared(common), args: ['update-ref', baseRef(branch), tip] });
  const linking: Linking = { admin, inner, places: [path, ...linkedOnes.map((one) => one.folder)] };
  writeFileSync(linkedFile(reader), JSON.stringify(linking));
  writeRecord({
    version: 1,
    path,
    folder,
    gitFolder: own,
    root,
    common,
    branch,
    base: tip,
    pushTo,
    adopted: true,
    sparse,
    stores,
    largeFiles: settings.largeFiles,
    taken: made,
    reader,
  });
}

/**
 * The branch that was created together with the worktree, according to its log, because the worker may have switched to
 * another one, which it then does not deliver. Without a log, the branch that is checked out or being rebased.
 */
async function branchOf(git: Git, { common, admin, path }: DraftGiven['link']): Promise<string> {
  const first = /\tcheckout: moving from [0-9a-f]{40,64} to (\S+)$/m.exec(fileText(join(admin, 'logs/HEAD')) ?? '')?.[1];
  if (first !== undefined && (await branchTip(git, { common, branch: first })) !== null) return first;
  const rebased = ['rebase-merge', 'rebase-apply'].map(
    (name) => /^refs\/heads\/(.+)\n?$/.exec(fileText(join(admin, name, 'head-name')) ?? '')?.[1],
  );
  return rebased.find((name) => name !== undefined) ?? (await branchAt(git, admin)) ?? `yardmaster/${basename(path)}`;
}

/** For a branch without a commit: the last commit that HEAD was at. */
function lastLogged(admin: string): string | null {
  const log = (fileText(join(admin, 'logs/HEAD')) ?? '').trimEnd();
  const line = log.slice(log.lastIndexOf('\n') + 1);
  return /^[0-9a-f]+ ([0-9a-f]{40}|[0-9a-f]{64}) /.exec(line)?.[1] ?? null;
}

async function copyRecords(git: Git, given: { readonly admin: string; readonly gitFolder: string }): Promise<void> {
  const { admin, gitFolder } = given;
  const reftable = existsSync(join(admin, 'reftable'));
  for (const name of await readdir(admin)) {
    // With reftables, the files of these names contain nothing useful.
    if (notCopied.has(name) || (reftable && (name === 'HEAD' || name === 'refs'))) continue;
    await copyFiles(join(admin, name), join(gitFolder, name));
  }
  const branch = reftable ? await branchAt(git, admin) : headBranch(gitFolder);
  const head = reftable && branch === null ? await git.text({ ...shared(admin), args: ['rev-parse', 'HEAD'], kind: 'read' }) : null;
  if (reftable) writeFileSync(join(gitFolder, 'HEAD'), head === null ? `ref: refs/heads/${branch}\n` : `${head}\n`);
  // The worktree may be on another branch than its own.
  if (branch !== null) await copyBranch(git, { admin, gitFolder, branch });
}

/** The patterns belong to the worktree if it has any of its own. */
async function copySparse(given: { readonly admin: string; readonly folder: string }): Promise<void> {
  const [from, to] = [given.admin, given.folder].map((folder) => join(folder, 'info/sparse-checkout')) as [string, string];
  rmSync(to, { force: true });
  if (lstatSync(from, { throwIfNoEntry: false })?.isFile() === true) await cp(from, to);
}

/** They come after the person's files, which describe the person's own checkout. */
function sparseText({ worker, sparse }: SiteSettings): string {
  const cone = worker.findLast(({ key }) => key === 'core.sparsecheckoutcone')?.value ?? 'false';
  return settingsText([
    { key: 'core.sparsecheckout', value: String(sparse) },
    { key: 'core.sparsecheckoutcone', value: cone },
  ]);
}

/**
 * A file that the worktree's index leaves out and that does not exist is left out in the reader's index as well, because
 * it would otherwise count as deleted. A path that is left out but exists is treated like any other. Returns whether
 * anything is left out.
 */
async function indexOf(git: Git, given: DraftGiven & { readonly tip: string }): Promise<boolean> {
  const { link, reader, tip } = given;
  const { admin, path } = link;
  const theirs = { cwd: latin1(path), env: { GIT_DIR: admin, GIT_WORK_TREE: path, GIT_NO_LAZY_FETCH: '1' }, bytes: true } as const;
  const listed = (await git.maybe({ ...theirs, args: ['ls-files', '-t', '-z'], kind: 'read' })) ?? '';
  const absent = listed.split('\0').flatMap((record) => {
    const name = record.slice(2);
    return record.startsWith('S ') && lstatSync(Buffer.from(`${latin1(path)}/${name}`, 'latin1'), { throwIfNoEntry: false }) === undefined
      ? [name]
      : [];
  });
  if (absent.length === 0) return false;
  const ours = { ...through({ path, reader }), cwd: latin1(path), bytes: true } as const;
  await git.text({ ...ours, args: ['read-tree', '--reset', tip] });
  const known = new Set((await git.text({ ...ours, args: ['ls-files', '-z'], kind: 'read' })).split('\0'));
  const input = absent.filter((name) => known.has(name)).join('\0');
  await git.text({ ...ours, args: ['update-index', '--skip-worktree', '-z', '--stdin'], input });
  writeIndexCommit({ reader }, tip);
  return true;
}
