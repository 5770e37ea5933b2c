// Turns a linked worktree, in which an older version let a worker work, into a site: where it stands, with all that is in
// it. Its records in the person's repository (HEAD, index, an operation in progress, logs) become a git folder of its own.
// To be done when its worker has ended. All of it is made beside the worktree, appears there by one renaming (of several
// processes at it one succeeds, and all go on from that), and is then moved in step by step: whoever looks next at one
// that was cut off goes on with it.
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
  /** Asked only where a site has to be made. */
  readonly place: () => Promise<Pick<Site, 'root' | 'pushTo'>>;
}

/** Does a linked worktree stand there, or one that is not a whole site yet? */
export function isToAdopt(path: string): boolean {
  return linkOf(path) !== null || existsSync(linkedFile(readerOf(path)));
}

/** A link to another folder, which may be a worktree of the person's, is none of ours. */
export function linkOf(path: string): ReturnType<typeof linkAt> {
  // Of a site it is a folder, and the way to the other answer is long.
  if (entryAt(join(path, '.git'))?.isFile() !== true) return null;
  const link = linkAt(path);
  return link?.path === checkoutPath(path) ? link : null;
}

/** Faults: `worktree-failed`, `disk-full`; what stands there is then as it was, or is gone on with at the next call. */
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
  // Another process may have made it since it was looked for.
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
    // Another process was faster: it is the same worktree, with the same in it.
    if (siteAt(given.path) === null) throw error;
  }
  // Those of processes that were killed, or are too late.
  for (const name of readdirSync(dirname(reader))) if (name.startsWith(prefix)) dropDraft(join(dirname(reader), name));
  return siteAt(given.path);
}

/** Where its process still writes into it, that one takes it away, since it is too late. */
function dropDraft(draft: string): void {
  try {
    rmSync(draft, { recursive: true, force: true });
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY') throw error;
  }
}

/** Each step can be repeated, and can be taken by two processes at once. */
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

/** Its git folder takes the place of the file that led to the person's repository. What counts is what stands there in the end. */
function moveIn(site: Site): void {
  const gitFolder = join(site.path, '.git');
  const isDone = (): boolean => isSame(folderId(gitFolder), site.gitFolder);
  if (isDone()) return;
  try {
    const draft = workersDraft(site.reader);
    if (!isSame(folderId(draft), site.gitFolder)) throw unreadable(site.path, `${draft} is not what was made there`);
    ifThere(() => unlinkSync(gitFolder));
    ifThere(() => renameSync(draft, gitFolder));
  } catch (error) {
    // Another process may have moved it in between two of these steps.
    if (!isDone()) throw error;
  }
  if (!isDone()) throw unreadable(site.path, `${gitFolder} is not the one that was made for the task`);
}

/** The registration goes last, for without it nothing says whose the rest is. */
function removeRecords(admin: string, isOurs: (path: string) => boolean): void {
  const names = ifThere(() => readdirSync(admin)) ?? [];
  const back = ifThere(() => readFileSync(join(admin, 'gitdir'), 'utf8')) ?? null;
  if (back !== null && !isOurs(canonical(dirname(resolve(admin, back.trim()))))) return;
  if (back === null && names.length > 0) return;
  for (const name of names) if (name !== 'gitdir') rmSync(join(admin, name), { recursive: true, force: true });
  rmSync(join(admin, 'gitdir'), { force: true });
  // As git does, the folder of all of them goes with the last one.
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

/** Undefined where somebody else was faster. */
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
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return unreadable(path, error.message, 'look at the file that the message names');
  return new Fault({
    code: 'disk-full',
    message: `${path} could not be given a repository of its own: the disk is full`,
    hint: 'free space on the disk of the state home',
    cause: error,
  });
}
