// Removes a site after the proof that nothing is lost with it. Removed are the two folders that we made, recognized by
// device and inode, and our references; anything else at the path is left alone.
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { Git } from '../git.ts';
import { branchTip, localTip, shared } from '../registry.ts';
import type { Reach } from '../remote-address.ts';
import type { Turns } from '../turns.ts';
import { headBranch } from './git-refs.ts';
import { holdingsOf } from './holdings.ts';
import { completeHistory, isPartial } from './incomplete.ts';
import { hasLinks } from './index-file.ts';
import { dropModules } from './modules.ts';
import { dropRef, dropReserved, refsBelow } from './our-refs.ts';
import { preserve, preservedRef } from './preserve.ts';
import { unsafeTips } from './proof.ts';
import {
  amissIndeed,
  baseRef,
  folderId,
  inside,
  isSame,
  keptRefs,
  latin1,
  provenBases,
  readerOf,
  siteAt,
  tipRef,
  removeBegun,
  unfinishedAt,
  writeUnfinished,
  type Site,
  type Unfinished,
} from './record.ts';
import { isCheckedOut } from './take.ts';
import { deleteFolders } from './trash.ts';
import { treeFacts } from './tree.ts';

export interface RemoveGiven {
  readonly common: string;
  readonly path: string;
  /** Null for a site without a branch of its own. */
  readonly branch: string | null;
  readonly attempt: string;
  readonly remote: string | null;
  readonly reach: Reach;
  readonly turns: Turns;
  readonly keepBranch: boolean;
  /** How much may come into the person's repository. */
  readonly mostBytes: number;
  /** The commit of the branch that a remote confirmed to this process, or that was merged; null if none is known. */
  readonly arrived: string | null;
  /** A commit that was merged elsewhere, whatever became of its branch; null if none is known. */
  readonly merged: string | null;
}

export async function removeSite(git: Git, given: RemoveGiven): Promise<{ readonly preserved: string | null }> {
  const { common, branch, keepBranch } = given;
  const unfinished = unfinishedAt(given.path);
  if (unfinished?.common === common) return removeUnfinished(git, unfinished);
  const site = target(given);
  const tip = branch === null ? null : await branchTip(git, { common, branch });
  const doomed =
    keepBranch || branch === null || tip === null || (await isCheckedOut(git, { common, branch })) ? null : { branch, commit: tip };
  const preserved =
    site === null ? doomed && (await saveBranch(git, { ...given, doomed })) : await removeFolders(git, { ...given, site, doomed, tip });
  // Only if it still points to the commit that was saved.
  if (doomed !== null) await git.text({ ...shared(common), args: ['update-ref', '-d', `refs/heads/${doomed.branch}`, doomed.commit] });
  return { preserved };
}

/** Removes what is left of a site whose maker died; nobody has worked there, so there is nothing to preserve. */
async function removeUnfinished(git: Git, site: Unfinished): Promise<{ readonly preserved: null }> {
  const { path, folder, common, branch, reserved } = site;
  const reader = folderId(readerOf(path));
  // Before the note is deleted together with the reader. The note is updated, because the name may be somebody else's at
  // the time of a second try.
  if (branch !== null) {
    await dropReserved(git, { common, ref: baseRef(branch), file: reserved });
    // Without the former, there is no site of this branch.
    if ((await localTip(git, { common, ref: baseRef(branch) })) === null) await dropRef(git, { common, ref: tipRef(branch) });
  }
  if (reader !== null) writeUnfinished({ ...site, branch: null });
  await deleteFolders([{ path, id: folder }, ...(reader === null ? [] : [{ path: readerOf(path), id: reader }])]);
  return { preserved: null };
}

/** The site to remove; null if nothing is left of it. Faults: `not-a-worktree`. */
function target(given: RemoveGiven): Site | null {
  const { path, common } = given;
  const site = siteAt(path);
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (site === null) {
    if (there === undefined || removeBegun(path)) return null;
    throw notOurs(path, 'Yardmaster made no checkout there');
  }
  if (site.common !== common) throw notOurs(path, `it was made for ${site.root}`);
  if (there !== undefined && !isSame(folderId(path), site.folder)) throw notOurs(path, 'it is not the folder that was made for the task');
  return site;
}

type Doomed = { readonly branch: string; readonly commit: string } | null;

async function removeFolders(
  git: Git,
  given: RemoveGiven & { readonly site: Site; readonly doomed: Doomed; readonly tip: string | null },
): Promise<string | null> {
  const { site, doomed } = given;
  const stands = folderId(site.path) !== null;
  const discarded = site.disposable === true;
  const why = stands && !discarded ? amissIndeed(site) : 'it is gone';
  const bare = stands && lstatSync(join(site.path, '.git'), { throwIfNoEntry: false }) === undefined;
  // Its repository is not the one that we made: an agent's content in it exists nowhere else.
  if (stands && why !== null && !bare && !discarded) throw notPreserved(site.path, new Error(why));
  const readable = stands && why === null;
  if (readable && isPartial(site)) await completeAll(git, { ...given, site });
  const preserved =
    discarded || (readable && (await isSafe(git, given).catch(() => false)))
      ? null
      : await preserve(git, { ...given, site, stands, readable, doomed, hasArrived: (head) => hasArrived(given, head) }).catch(
          (cause: unknown) => {
            throw notPreserved(site.path, cause);
          },
        );
  // Before the record is deleted together with the reader, because then nobody would know whose they are.
  await dropRefs(git, site);
  const reader = folderId(site.reader);
  // The checkout first: an interrupted removal leaves the reader with its record, and can be repeated.
  await deleteFolders([{ path: site.path, id: site.folder }, ...(reader === null ? [] : [{ path: site.reader, id: reader }])]);
  return preserved;
}

/**
 * Parts that are still missing afterwards are saved as far as they exist. Parts that could not be requested may be
 * available another time.
 */
async function completeAll(git: Git, given: RemoveGiven & { readonly site: Site }): Promise<void> {
  const { site } = given;
  try {
    const { named, logged } = holdingsOf(join(site.path, '.git'));
    await completeHistory(git, { ...given, tips: [...named, ...logged] });
  } catch (cause) {
    throw notPreserved(site.path, cause);
  }
}

/**
 * The short way, for a site in which clearly nothing can be lost: everything is committed, no operation is in progress,
 * and every commit that it names has arrived.
 */
async function isSafe(
  git: Git,
  given: RemoveGiven & { readonly site: Site; readonly doomed: Doomed; readonly tip: string | null },
): Promise<boolean> {
  const { site, doomed, remote, reach, common } = given;
  const gitFolder = join(site.path, '.git');
  const holdings = holdingsOf(gitFolder);
  if (holdings.unusual || headBranch(gitFolder) !== latin1(site.branch)) return false;
  const facts = await treeFacts(git, { site, base: site.base });
  if (facts.changes.length > 0 || facts.staged.length > 0) return false;
  if (hasLinks({ index: join(site.reader, 'index'), idBytes: site.base.length / 2 }) !== false) return false;
  const arrived = doomed === null && remote === null && given.tip === facts.head;
  const kept = [...provenBases(site), ...(arrived || hasArrived(given, facts.head) ? [facts.head] : [])];
  const tips = [...holdings.named, ...holdings.logged, facts.head];
  const open = await unsafeTips(git, { common, view: inside(site), remote, reach, doomed: doomed?.branch ?? null, kept, tips });
  return open.length === 0;
}

/** What a remote confirmed to this process counts only as long as its branch stays. */
function hasArrived(
  { merged, arrived, doomed }: Pick<RemoveGiven, 'merged' | 'arrived'> & { readonly doomed: Doomed },
  head: string,
): boolean {
  return merged === head || (doomed === null && arrived === head);
}

/** Saves the commits of a branch whose site is gone already. */
async function saveBranch(git: Git, given: RemoveGiven & { readonly doomed: NonNullable<Doomed> }): Promise<string | null> {
  const { common, remote, reach, doomed, attempt } = given;
  const open = await unsafeTips(git, {
    common,
    view: shared(common),
    remote,
    reach,
    doomed: doomed.branch,
    kept: [],
    tips: [doomed.commit],
  });
  if (open.length === 0) return null;
  const taken = (await localTip(git, { common, ref: preservedRef(attempt) })) !== null;
  const ref = `${preservedRef(attempt)}${taken ? '-branch' : ''}`;
  await git.text({ ...shared(common), args: ['update-ref', ref, doomed.commit] });
  return ref;
}

async function dropRefs(git: Git, site: Site): Promise<void> {
  const { common, branch } = site;
  await dropModules(git, { branch, modules: site.modules ?? [] });
  const kept = await refsBelow(git, { common, space: keptRefs(branch) });
  for (const ref of [tipRef(branch), ...kept, baseRef(branch)]) {
    await dropRef(git, { common, ref });
  }
}

export function notOurs(path: string, why: string): Fault {
  return new Fault({
    code: 'not-a-worktree',
    message: `${path} is left alone: ${why}`,
    hint: 'give the path of a checkout that Yardmaster made, or delete the folder yourself',
  });
}

function notPreserved(path: string, cause: unknown): Fault {
  if (cause instanceof Fault && cause.code === 'stopped') return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Fault({
    code: 'not-preserved',
    message: `${path} is kept: its work could not be saved: ${why}`,
    hint: `save what you need from it, then delete the folder yourself: rm -rf '${path}'`,
    cause,
  });
}
