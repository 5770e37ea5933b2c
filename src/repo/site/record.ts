// The record of a site: a checkout with a repository of its own, in which a worker works (`path`), and the reader, a bare
// git folder of ours outside of it, through which every git of ours looks at the checkout. The record is in the reader's
// folder. The folders that we made are recognized by device and inode: anything else at their paths is not ours.
import {
  existsSync,
  lstatSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { homeFolders } from '../../core/task/folder-names.ts';
import type { GitCall } from '../git.ts';
import { canonical } from '../registry.ts';
import { dropPipes, fileText, oddity } from './git-files.ts';
import { headBranch } from './git-refs.ts';

/** The kernel's identity of a folder or a file. */
export interface FolderId {
  readonly dev: number;
  readonly ino: number;
  /** When it was made, if the file system records that; a new folder may get the inode number of a deleted one at once. */
  readonly born: number;
}

export interface SiteRecord {
  readonly version: 1;
  /** Absolute, like every path here. */
  readonly path: string;
  readonly folder: FolderId;
  readonly gitFolder: FolderId;
  /** The person's repository: its top folder, and the git folder that its worktrees share. */
  readonly root: string;
  readonly common: string;
  readonly branch: string;
  readonly base: string;
  /** The bases that it had before it was brought up to date; whoever made those commits, no worker here did. */
  readonly formerBases?: readonly string[];
  /** The addresses for pushes when the task began; null without a remote. */
  readonly pushTo: { readonly remote: string; readonly addresses: readonly string[] } | null;
  /**
   * It was a linked worktree that an older version made. `base` is the commit of its branch at the time when it became a
   * site.
   */
  readonly adopted: boolean;
  /** The person's repository checks out only part of its files. */
  readonly sparse: boolean;
  /** The object stores that it borrows from, if not just that of `common`. */
  readonly stores?: readonly string[];
  /** The remote that has promised what the sparse checkout does without; null if no object of the base is missing. */
  readonly promisor?: string | null;
  /** The person's folder for large files (LFS), if it is not in `common`. Absolute. */
  readonly largeFiles?: string | null;
  /** The person's repositories of submodules that are checked out in it, with the commits that the base links to. */
  readonly modules?: readonly { readonly common: string; readonly commit: string }[];
  /** The commit that somebody else pushed to the branch, onto which ours was rebased. */
  readonly onto?: string;
  /** It is a checkout of what was merged: nobody's work is in it, so nothing of it is saved when it is removed. */
  readonly disposable?: true;
  /** The merge that was left for a worker to resolve. */
  readonly conflict?: ConflictRecord;
  /** The files are being moved from one state to another; a process that was ended meanwhile left them in between. */
  readonly moving?: { readonly from: string; readonly to: string };
  /** The digest of the base's attributes (`attributesMark`); null if unknown. */
  readonly attributes?: string | null;
  /** The last commit to which we moved the branch in the person's repository; null if the branch is not there yet. */
  readonly taken: string | null;
}

export interface ConflictRecord {
  /** The commit that is merged, and the one into which it is. */
  readonly onto: string;
  readonly tip: string;
  /** Where the former is from; the remote is null for a local branch. */
  readonly remote: string | null;
  readonly branch: string;
  /** The names of both sides in conflict markers. */
  readonly labels: readonly string[];
  /** In bytes, one character each. `marked`: the file got conflict markers, so it is resolved once they are gone. */
  readonly paths: readonly { readonly path: string; readonly marked: boolean }[];
}

export interface Site extends SiteRecord {
  readonly reader: string;
}

/** The same path for everybody, however it is written. If the last part is a link, it is not followed. */
export function checkoutPath(path: string): string {
  return join(canonical(dirname(resolve(path))), basename(resolve(path)));
}

/** The path of a site's reader: beside the folder with the checkouts. */
export function readerOf(path: string): string {
  return readerBeside(checkoutPath(path));
}

function readerBeside(checkout: string): string {
  return join(dirname(dirname(checkout)), homeFolders.readers, basename(checkout));
}

const recordFile = 'yardmaster.json';

/** Read from the reader's own record, whatever the checkout contains now. Null if there is no site at this path. */
export function siteAt(path: string): Site | null {
  const checkout = checkoutPath(path);
  const reader = readerBeside(checkout);
  try {
    const record = JSON.parse(readFileSync(join(reader, recordFile), 'utf8')) as SiteRecord;
    return record.path === checkout ? { ...record, reader } : null;
  } catch {
    // Without a record, the site is still being made, or the folder is not a reader of ours and is left alone.
    return null;
  }
}

export function writeRecord(site: Site): void {
  const { reader, ...record } = site;
  replace(join(reader, recordFile), `${JSON.stringify(record, null, 1)}\n`);
}

/** Atomic: a process that is killed leaves the old file, or none. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** A site that is being made: what is needed to remove it again if its maker dies. No worker has been in it. */
export interface Unfinished extends Pick<SiteRecord, 'path' | 'folder' | 'common'> {
  /** The name that it was about to reserve; null if its reservation was removed again. */
  readonly branch: string | null;
  /**
   * How the reference was made that reserves the name. An identity: we wrote this file, and only this file is deleted; a
   * reference of the same name in another file is somebody else's. `git`: git made it. Null: it is not made yet.
   */
  readonly reserved: FolderId | 'git' | null;
}

const unfinishedFile = 'yardmaster-unfinished.json';

/** Writes the note about an unfinished site. Nobody deletes it, because it has no effect once there is a record. */
export function writeUnfinished(site: Unfinished): void {
  replace(join(readerOf(site.path), unfinishedFile), JSON.stringify(site));
}

/**
 * Removes the two folders of a process that was killed before it could write a note about them. They are removed only if
 * they contain nothing except perhaps the unfinished note. Returns whether they are gone.
 */
export function removeBegun(path: string): boolean {
  const reader = readerOf(path);
  try {
    if (readdirSync(path).length > 0) return false;
    const note = join(reader, unfinishedFile);
    // Older versions wrote the note without a temporary file, so it could be left empty.
    if (statSync(note, { throwIfNoEntry: false })?.size === 0) rmSync(note);
    rmSync(`${note}.new`, { force: true });
    if (folderId(reader) !== null) rmdirSync(reader);
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Null if nothing is being made there, or if it is finished. */
export function unfinishedAt(path: string): Unfinished | null {
  if (siteAt(path) !== null) return null;
  try {
    const site = JSON.parse(readFileSync(join(readerOf(path), unfinishedFile), 'utf8')) as Omit<Unfinished, 'reserved'>;
    // In notes of older versions, the reservation was made already.
    return site.path === checkoutPath(path) ? { reserved: 'git', ...site } : null;
  } catch {
    return null;
  }
}

export function folderId(path: string): FolderId | null {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  return facts?.isDirectory() === true ? idOf(facts) : null;
}

export function idOf({ dev, ino, birthtimeMs }: Stats): FolderId {
  return { dev, ino, born: birthtimeMs };
}

export function isSame(one: FolderId | null, other: FolderId): boolean {
  return one !== null && one.dev === other.dev && one.ino === other.ino && one.born === other.born;
}

/** Why our git must not look at the checkout now; null if nothing is wrong. Must be called after the worker has ended. */
export function amiss(site: Site): string | null {
  const { path } = site;
  if (!isSame(folderId(path), site.folder)) return `${path} is not the folder that was made for the task`;
  const gitFolder = join(path, '.git');
  if (!isSame(folderId(gitFolder), site.gitFolder)) return `${gitFolder} is not the one that was made for the task`;
  if (lstatSync(join(gitFolder, 'commondir'), { throwIfNoEntry: false }) !== undefined) return `${gitFolder} leads to another repository`;
  const odd = oddity(gitFolder);
  if (odd !== null) return odd;
  // Git would continue from there to wherever it leads.
  const made = alternatesText(site.stores ?? [join(site.common, 'objects')]);
  return fileText(alternatesFile(gitFolder)) === latin1(made) ? null : changedAlternates(gitFolder);
}

/**
 * Like `amiss`, but if anything is wrong, first removes pipes, sockets and devices from the git folder. Nothing is lost by
 * that.
 */
export function amissIndeed(site: Site): string | null {
  const why = amiss(site);
  const gitFolder = join(site.path, '.git');
  const isOurs = isSame(folderId(site.path), site.folder) && isSame(folderId(gitFolder), site.gitFolder);
  if (why === null || !isOurs) return why;
  dropPipes(gitFolder);
  return amiss(site);
}

function changedAlternates(gitFolder: string): string | null {
  // Without alternates, its repository contains all of its objects itself.
  if (lstatSync(alternatesFile(gitFolder), { throwIfNoEntry: false }) === undefined) return null;
  return `${alternatesFile(gitFolder)} was changed`;
}

export function alternatesFile(gitFolder: string): string {
  return join(gitFolder, 'objects', 'info', 'alternates');
}

/** The folders of objects that belong to the site itself. */
export function storesOf({ path, reader }: Pick<Site, 'path' | 'reader'>): readonly string[] {
  return [join(path, '.git', 'objects'), join(reader, 'objects')];
}

/** A path that contains a line end has to be written as a quoted C string. */
export function alternatesText(folders: readonly string[]): string {
  return folders.map((folder) => `${/^["#]|[\n\\]/.test(folder) ? cQuoted(folder) : folder}\n`).join('');
}

/** Quotes as git does where a path stands among other things, for example in lists. */
export function cQuoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** Whether the site exists, is intact, and is on its branch. */
export function standsOn(site: Site): boolean {
  return hasRepository(site) && amissIndeed(site) === null && headBranch(join(site.path, '.git')) === latin1(site.branch);
}

/** Whether the person's repository is still where it was. */
export function hasRepository(site: Pick<Site, 'common'>): boolean {
  return existsSync(join(site.common, 'HEAD'));
}

/**
 * Where our git runs if it needs the checkout's files. It uses the reader's configuration, references and index, and none
 * that the worker could have written.
 */
export function through(
  site: Pick<Site, 'path' | 'reader'>,
  index = join(site.reader, 'index'),
): Pick<GitCall, 'cwd'> & { readonly env: Record<string, string> } {
  return { cwd: site.path, env: { GIT_DIR: site.reader, GIT_WORK_TREE: site.path, GIT_INDEX_FILE: index, GIT_NO_LAZY_FETCH: '1' } };
}

/** Like `through`, for calls that contain paths, which are bytes, one character each. */
export function throughBytes(site: Site, index?: string): ReturnType<typeof through> & { readonly bytes: true } {
  return { ...through(site, index), cwd: latin1(site.path), bytes: true };
}

/** Lets a call of git write new objects into the worker's repository, so that this stays complete. */
export function withItsObjects<T extends ReturnType<typeof through>>(at: T, site: Site): T {
  return { ...at, env: { ...at.env, GIT_OBJECT_DIRECTORY: join(site.path, '.git', 'objects') } };
}

/** The UTF-8 bytes of a text, as a string with one character for each byte. */
export function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** The bytes themselves of such a string, as the file system takes them. */
export function raw(bytes: string): Buffer {
  return Buffer.from(bytes, 'latin1');
}

/** Where our git runs if it needs only the commits, and not the checkout's files. */
export function inside(site: Pick<Site, 'reader'>): Pick<GitCall, 'cwd'> & { readonly env: Record<string, string> } {
  return { cwd: site.reader, env: { GIT_DIR: site.reader, GIT_NO_LAZY_FETCH: '1' } };
}

/** The fault for a site that cannot be used until somebody looks at it. */
export function unreadable(
  path: string,
  why: string,
  hint = 'check what the worker did there; yardmaster reset gives the task a new checkout',
): Fault {
  return new Fault({ code: 'worktree-failed', message: `the checkout ${path} cannot be read: ${why}`, hint });
}

/** For a closed folder, a path that is too long, or a full disk; null if the error does not come from the system. */
export function refusedBySystem(path: string, error: unknown): Fault | null {
  if (error instanceof Fault || !(error instanceof Error) || !('syscall' in error && 'code' in error)) return null;
  const full = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  if (!full) return unreadable(path, error.message.replace(/^[A-Z]+: /, ''));
  const hint = 'free space on the disk that holds the state folder (YARDMASTER_HOME)';
  return new Fault({ code: 'disk-full', message: `nothing can be written for ${path}: the disk is full`, hint, cause: error });
}

/** The fault if somebody requested an end in the middle of the work. */
export function stopped(): Fault {
  return new Fault({
    code: 'stopped',
    message: 'the work on the checkout was stopped',
    hint: 'nothing to do: it continues from its current state',
  });
}

/** Faults: `worktree-failed`. */
export function readable(path: string): Site {
  const site = siteAt(path);
  if (site === null) throw unreadable(path, 'Yardmaster made no repository there');
  if (!hasRepository(site))
    throw unreadable(path, `the repository ${site.root} does not exist`, 'move the repository back to where it was');
  const why = amissIndeed(site);
  if (why !== null) throw unreadable(path, why);
  return site;
}

/**
 * Our references in the person's repository, as long as the site lives: the commit that it starts from, and the commits
 * that we took.
 */
export function baseRef(branch: string): string {
  return `refs/yardmaster/base/${branch}`;
}

export function tipRef(branch: string): string {
  return `refs/yardmaster/tip/${branch}`;
}

/** Under this prefix are commits that we took earlier and that the branch has left behind since. */
export function keptRefs(branch: string): string {
  return `refs/yardmaster/taken/${branch}/`;
}

/** The bases, if they were fetched or are on a branch of the person's: they are others' work, and need not be saved. */
export function provenBases(site: Site): readonly string[] {
  return site.adopted ? [] : [site.base, ...(site.formerBases ?? [])];
}
