// What we know of a site: a checkout with a repository of its own, in which a worker works (`path`), and the reader, a bare
// git folder of ours outside of it, by which all git of ours looks at the checkout. The reader's folder has the record.
// The folders that we made are known again by device and inode: whatever else stands at their paths is not ours.
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

/** A folder, or a file, as the kernel knows it. */
export interface FolderId {
  readonly dev: number;
  readonly ino: number;
  /** When it was made, where the file system knows: a number of an inode is given to a new folder at once. */
  readonly born: number;
}

export interface SiteRecord {
  readonly version: 1;
  /** Absolute, as is every path here. */
  readonly path: string;
  readonly folder: FolderId;
  readonly gitFolder: FolderId;
  /** The person's repository: its top folder, and the git folder that its worktrees share. */
  readonly root: string;
  readonly common: string;
  readonly branch: string;
  readonly base: string;
  /** Where pushes to the remote went when the task began; null without a remote. */
  readonly pushTo: { readonly remote: string; readonly addresses: readonly string[] } | null;
  /** It was a linked worktree, made by an older version: `base` is where its branch stood when it became a site. */
  readonly adopted: boolean;
  /** The person's repository checks out only a part of its files. */
  readonly sparse: boolean;
  /** The object stores that it borrows from, where that is not the one of `common` alone. */
  readonly stores?: readonly string[];
  /** The remote that has promised what the sparse checkout does without; null: nothing of the base is missing. */
  readonly promisor?: string | null;
  /** Where the person keeps large files (LFS), where that is not in `common`. Absolute. */
  readonly largeFiles?: string | null;
  /** The person's repositories of submodules that are checked out in it, with the commits that the base links to. */
  readonly modules?: readonly { readonly common: string; readonly commit: string }[];
  /** What somebody else pushed to the branch, and ours was put on top of. */
  readonly onto?: string;
  /** The mark of the attributes of the base (`attributesMark`); null: not known. */
  readonly attributes?: string | null;
  /** The commit at which we last left the branch in the person's repository; null: it is not there yet. */
  readonly taken: string | null;
}

export interface Site extends SiteRecord {
  readonly reader: string;
}

/** The same path for everybody, however the way to it is written; the last step is not followed, if it is a link. */
export function checkoutPath(path: string): string {
  return join(canonical(dirname(resolve(path))), basename(resolve(path)));
}

/** Where the reader of a site is: beside the folder that holds the checkouts. */
export function readerOf(path: string): string {
  return readerBeside(checkoutPath(path));
}

function readerBeside(checkout: string): string {
  return join(dirname(dirname(checkout)), homeFolders.readers, basename(checkout));
}

const recordFile = 'yardmaster.json';

/** By the reader's own record, whatever stands in the checkout now. Null: there is no site at this path. */
export function siteAt(path: string): Site | null {
  const checkout = checkoutPath(path);
  const reader = readerBeside(checkout);
  try {
    const record = JSON.parse(readFileSync(join(reader, recordFile), 'utf8')) as SiteRecord;
    return record.path === checkout ? { ...record, reader } : null;
  } catch {
    // It is being made, or it is no reader of ours: whatever stands there is left alone.
    return null;
  }
}

export function writeRecord(site: Site): void {
  const { reader, ...record } = site;
  replace(join(reader, recordFile), `${JSON.stringify(record, null, 1)}\n`);
}

/** Whoever is killed over it leaves what was there, or nothing. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** A site that is being made: what it takes to remove it again when its maker dies over it. No worker has been in it. */
export interface Unfinished extends Pick<SiteRecord, 'path' | 'folder' | 'common'> {
  /** The name that it was about to reserve; null: its reservation was taken away again. */
  readonly branch: string | null;
  /** The file that is the reservation if it came to that, and not somebody else's. `git`: git made it. Null: there is none. */
  readonly reserved: FolderId | 'git' | null;
}

const unfinishedFile = 'yardmaster-unfinished.json';

/** It stays, because it counts for nothing once there is a record. */
export function writeUnfinished(site: Unfinished): void {
  replace(join(readerOf(site.path), unfinishedFile), JSON.stringify(site));
}

/**
 * Takes away the two folders of one who was killed before a note said what they are. Nothing is in them but what may have
 * become of the note, or they stay. Answers whether they are gone.
 */
export function removeBegun(path: string): boolean {
  const reader = readerOf(path);
  try {
    if (readdirSync(path).length > 0) return false;
    const note = join(reader, unfinishedFile);
    // Versions before wrote it in its place, where it was empty for a moment.
    if (statSync(note, { throwIfNoEntry: false })?.size === 0) rmSync(note);
    rmSync(`${note}.new`, { force: true });
    if (folderId(reader) !== null) rmdirSync(reader);
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Null: nothing is being made there, or it is finished. */
export function unfinishedAt(path: string): Unfinished | null {
  if (siteAt(path) !== null) return null;
  try {
    const site = JSON.parse(readFileSync(join(readerOf(path), unfinishedFile), 'utf8')) as Omit<Unfinished, 'reserved'>;
    // In what an older version noted, the reservation was there already.
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

/** Why git of ours must not look at the checkout now; null: nothing is amiss. To be asked when its worker has ended. */
export function amiss(site: Site): string | null {
  const { path } = site;
  if (!isSame(folderId(path), site.folder)) return `${path} is not the folder that was made for the task`;
  const gitFolder = join(path, '.git');
  if (!isSame(folderId(gitFolder), site.gitFolder)) return `${gitFolder} is not the one that was made for the task`;
  if (lstatSync(join(gitFolder, 'commondir'), { throwIfNoEntry: false }) !== undefined) return `${gitFolder} leads to another repository`;
  const odd = oddity(gitFolder);
  if (odd !== null) return odd;
  // Git would go on from there to wherever it leads.
  const made = alternatesText(site.stores ?? [join(site.common, 'objects')]);
  return fileText(alternatesFile(gitFolder)) === latin1(made) ? null : changedAlternates(gitFolder);
}

/** The same once pipes, sockets and devices are gone from its git folder, in which nothing is lost with them. */
export function amissIndeed(site: Site): string | null {
  const why = amiss(site);
  const gitFolder = join(site.path, '.git');
  const isOurs = isSame(folderId(site.path), site.folder) && isSame(folderId(gitFolder), site.gitFolder);
  if (why === null || !isOurs) return why;
  dropPipes(gitFolder);
  return amiss(site);
}

function changedAlternates(gitFolder: string): string | null {
  // Without any, its repository holds all of its objects itself.
  if (lstatSync(alternatesFile(gitFolder), { throwIfNoEntry: false }) === undefined) return null;
  return `${alternatesFile(gitFolder)} was changed`;
}

export function alternatesFile(gitFolder: string): string {
  return join(gitFolder, 'objects', 'info', 'alternates');
}

/** The folders of objects that the site has of its own. */
export function storesOf({ path, reader }: Pick<Site, 'path' | 'reader'>): readonly string[] {
  return [join(path, '.git', 'objects'), join(reader, 'objects')];
}

/** A path with a line end in it has to be written as git writes a C string. */
export function alternatesText(folders: readonly string[]): string {
  return folders.map((folder) => `${/^["#]|[\n\\]/.test(folder) ? cQuoted(folder) : folder}\n`).join('');
}

/** As git writes a path where other things stand as well: in its lists, too. */
export function cQuoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** Is the site there, unharmed, and on its branch? */
export function standsOn(site: Site): boolean {
  return hasRepository(site) && amissIndeed(site) === null && headBranch(join(site.path, '.git')) === latin1(site.branch);
}

/** Is the person's repository still where it was? */
export function hasRepository(site: Pick<Site, 'common'>): boolean {
  return existsSync(join(site.common, 'HEAD'));
}

/** For git of ours on the checkout: with the reader's configuration, references and index, and with nothing of the worker's. */
export function through(
  site: Pick<Site, 'path' | 'reader'>,
  index = join(site.reader, 'index'),
): Pick<GitCall, 'cwd'> & { readonly env: Record<string, string> } {
  return { cwd: site.path, env: { GIT_DIR: site.reader, GIT_WORK_TREE: site.path, GIT_INDEX_FILE: index, GIT_NO_LAZY_FETCH: '1' } };
}

/** The same for calls that speak of paths, which are bytes: one character each. */
export function throughBytes(site: Site, index?: string): ReturnType<typeof through> & { readonly bytes: true } {
  return { ...through(site, index), cwd: latin1(site.path), bytes: true };
}

/** What is made there goes into the worker's own objects, so that its repository stays whole. */
export function withItsObjects<T extends ReturnType<typeof through>>(at: T, site: Site): T {
  return { ...at, env: { ...at.env, GIT_OBJECT_DIRECTORY: join(site.path, '.git', 'objects') } };
}

/** Text as the bytes that it is written in, one character each. */
export function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** The same the other way: for the file system. */
export function raw(bytes: string): Buffer {
  return Buffer.from(bytes, 'latin1');
}

/** For git of ours on the commits alone. */
export function inside(site: Site): Pick<GitCall, 'cwd'> & { readonly env: Record<string, string> } {
  return { cwd: site.reader, env: { GIT_DIR: site.reader, GIT_NO_LAZY_FETCH: '1' } };
}

/** A site that cannot be worked with, unless somebody looks at it. */
export function unreadable(
  path: string,
  why: string,
  hint = 'look at what the worker did there; a reset gives the task a new checkout',
): Fault {
  return new Fault({ code: 'worktree-failed', message: `the checkout ${path} cannot be read: ${why}`, hint });
}

/** A folder that is closed, a path that is too long, a full disk; null: the error is no answer of the system's. */
export function refusedBySystem(path: string, error: unknown): Fault | null {
  if (error instanceof Fault || !(error instanceof Error) || !('syscall' in error && 'code' in error)) return null;
  const full = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  if (!full) return unreadable(path, error.message.replace(/^[A-Z]+: /, ''));
  const hint = 'free space on the disk of the state home';
  return new Fault({ code: 'disk-full', message: `nothing can be written for ${path}: the disk is full`, hint, cause: error });
}

/** Somebody asked for an end of the work in the middle of it. */
export function stopped(): Fault {
  return new Fault({ code: 'stopped', message: 'the work on the checkout was stopped', hint: 'it goes on from what stands there' });
}

/** Faults: `worktree-failed`. */
export function readable(path: string): Site {
  const site = siteAt(path);
  if (site === null) throw unreadable(path, 'there is no repository of ours there');
  if (!hasRepository(site)) throw unreadable(path, `the repository ${site.root} is not there`, 'bring it back to where it was');
  const why = amissIndeed(site);
  if (why !== null) throw unreadable(path, why);
  return site;
}

/** Our references in the person's repository, as long as the site lives: what it starts from, and what we took of it. */
export function baseRef(branch: string): string {
  return `refs/yardmaster/base/${branch}`;
}

export function tipRef(branch: string): string {
  return `refs/yardmaster/tip/${branch}`;
}

/** Below it is what we took earlier and the branch has left behind since. */
export function keptRefs(branch: string): string {
  return `refs/yardmaster/taken/${branch}/`;
}

/** The base was fetched, or is on a branch of the person's, and stays without us. */
export function provenBase(site: Site): readonly string[] {
  return site.adopted ? [] : [site.base];
}
