// Turns a linked worktree, in which an older version let a worker work, into a site at the same path with the same content.
// Its records in the person's repository (HEAD, index, an operation in progress, logs) become a git folder of its own. Its
// worker must have ended. Everything is prepared beside the worktree and appears in one rename (if several processes try,
// one succeeds, and all continue from there); then it is moved into place step by step. If this is interrupted, the next
// caller continues.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, rmdirSync, unlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { Git } from '../git.ts';
import { canonical, linkAt } from '../registry.ts';
import { draftSite, linkedFile, workersDraft, type Linking } from './adopt-draft.ts';
import { relink } from './adopt-inner.ts';
import { entryAt, fileText } from './git-files.ts';
import { checkoutPath, folderId, isSame, readerOf, siteAt, unreadable, type Site } from './record.ts';

export interface AdoptGiven {
  readonly path: string;
  /** Called only if a site has to be made. */
  readonly place: () => Promise<Pick<Site, 'root' | 'pushTo'>>;
}

/** Whether a linked worktree is at this path, or one that is not a complete site yet. */
export function isToAdopt(path: string): boolean {
  return linkOf(path) !== null || existsSync(linkedFile(readerOf(path)));
}

/** Null for a link to another folder, which may be a worktree of the person's and is not ours. */
export function linkOf(path: string): ReturnType<typeof linkAt> {
  // In a site, `.git` is a folder, and finding that out any other way takes long.
  if (entryAt(join(path, '.git'))?.isFile() !== true) return null;
  const link = linkAt(path);
  return link?.path === checkoutPath(path) ? link : null;
}

/** Faults: `worktree-failed`, `disk-full`. The worktree is then unchanged, or the next call continues. */
export async function adoptWorktree(git: Git, given: AdoptGiven): Promise<void> {
  try {
    const site = siteAt(given.path) ?? (await publish(git, given));
    if (site !== null) finish(site);
  } catch (error) {
    throw asFault(error, given.path);
  }
}

async function publish(git: Git, given: AdoptGiven): Promise<Site | null> {
  const link = linkOf(given.path);
  // Another process may have made the site meanwhile.
  if (link === null) return siteAt(given.path);
  const reader = readerOf(link.path);
  const prefix = `.${basename(reader)}-`;
  const draft = join(dirname(reader), `${prefix}${crypto.randomUUID()}`);
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  try {
    await draftSite(git, { link, reader: draft, ...(await given.place()) });
    renameSync(draft, reader);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another process was faster: it made the same site of the same worktree.
    if (siteAt(given.path) === null) throw error;
  }
  // Drafts of processes that were killed, or that are too late.
  for (const name of readdirSync(dirname(reader))) if (name.startsWith(prefix)) dropDraft(join(dirname(reader), name));
  return siteAt(given.path);
}

/** If its process is still writing into it, that process removes it, because it is too late. */
function dropDraft(draft: string): void {
  try {
    rmSync(draft, { recursive: true, force: true });
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY') throw error;
  }
}

/** Each step can be repeated, and two processes may take it at once. */
function finish(site: Site): void {
  const file = linkedFile(site.reader);
  const text = fileText(file);
  if (text === null) return;
  const linking = JSON.parse(Buffer.from(text, 'latin1').toString('utf8')) as Linking;
  moveIn(site);
  for (const inner of linking.inner) relink(site, inner);
  for (const admin of [...linking.inner.flatMap(({ from, registered }) => (registered ? [from] : [])), linking.admin])
    removeRecords(admin, (path) => linking.places.includes(path));
  rmSync(file, { force: true });
}

/** Puts its git folder in place of the file that led to the person's repository. Only the final state counts. */
function moveIn(site: Site): void {
  const gitFolder = join(site.path, '.git');
  const isDone = (): boolean => isSame(folderId(gitFolder), site.gitFolder);
  if (isDone()) return;
  try {
    const draft = workersDraft(site.reader);
    if (!isSame(folderId(draft), site.gitFolder)) throw unreadable(site.path, `${draft} is not the folder that was made there`);
    ifThere(() => unlinkSync(gitFolder));
    ifThere(() => renameSync(draft, gitFolder));
  } catch (error) {
    // Another process may have moved it in between two of these steps.
    if (!isDone()) throw error;
  }
  if (!isDone()) throw unreadable(site.path, `${gitFolder} is not the one that was made for the task`);
}

/** The registration is removed last, because without it nothing would say to whom the rest belongs. */
function removeRecords(admin: string, isOurs: (path: string) => boolean): void {
  const names = ifThere(() => readdirSync(admin)) ?? [];
  const back = ifThere(() => readFileSync(join(admin, 'gitdir'), 'utf8')) ?? null;
  if (back !== null && !isOurs(canonical(dirname(resolve(admin, back.trim()))))) return;
  if (back === null && names.length > 0) return;
  for (const name of names) if (name !== 'gitdir') rmSync(join(admin, name), { recursive: true, force: true });
  rmSync(join(admin, 'gitdir'), { force: true });
  // Like git, removes the common folder of all records together with the last one.
  for (const folder of [admin, dirname(admin)]) if (!removeEmpty(folder)) return;
}

function removeEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return codeOf(error) === 'ENOENT';
  }
}

/** Undefined if another process was faster. */
function ifThere<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}

function asFault(error: unknown, path: string): unknown {
  if (error instanceof Fault) return error;
  const code = codeOf(error);
  if (typeof code !== 'string' || !(error instanceof Error)) return error;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return unreadable(path, error.message, 'check the file that the message names');
  return new Fault({
    code: 'disk-full',
    message: `the disk is full, so the worktree ${path} could not be turned into a repository of its own`,
    hint: 'free space on the disk that holds the state folder (YARDMASTER_HOME)',
    cause: error,
  });
}
