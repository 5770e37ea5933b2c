// Makes a site: a checkout with a repository of its own at a path of ours, and the reader beside it. It starts from the
// branch as it is at the remote now. In the person's repository only a reference of ours is written, which keeps the base
// from being collected while the site lives; the site borrows the objects. A failure leaves nothing behind.
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { fetchBranch } from '../fetch.ts';
import type { Git, GitAnswer } from '../git.ts';
import { gitReason } from '../git-reason.ts';
import { branchTip, shared } from '../registry.ts';
import type { Looks } from '../looks.ts';
import type { Remember } from '../remember.ts';
import type { Reach } from '../remote-address.ts';
import { remoteHeads } from '../remote-heads.ts';
import type { Within } from '../shared-work.ts';
import type { Turns } from '../turns.ts';
import { inTheWay, isTaken, takenNames } from './branch-names.ts';
import { entryAt } from './git-files.ts';
import {
  baseRef,
  checkoutPath,
  folderId,
  readerOf,
  through,
  tipRef,
  writeRecord,
  writeUnfinished,
  type FolderId,
  type Site,
  type Unfinished,
} from './record.ts';
import { attributesMark } from './index-file.ts';
import { dropModules, fillModules } from './modules.ts';
import { fetchPromised } from './promised.ts';
import { dropRef, makeRef } from './our-refs.ts';
import { siteSettings, type SiteSettings } from './settings.ts';
import { writeReader, writeWorkers } from './skeleton.ts';
import { lentStores } from './stores.ts';

export interface MakeGiven {
  readonly turns: Turns;
  readonly remember: Remember;
  readonly looks: Looks;
  readonly common: string;
  readonly root: string;
  readonly path: string;
  readonly remote: string | null;
  readonly defaultBranch: string;
  readonly branch: (taken: ReadonlySet<string>) => string;
  readonly reach: Reach;
  /** Throws if the commit must not be worked on: `filter-missing`. */
  readonly check: (commit: string) => Promise<void>;
  /** The caller's signal, for questions that are shared with other callers. */
  readonly signal: AbortSignal | null;
}

export async function makeSite(git: Git, given: MakeGiven): Promise<{ readonly base: string; readonly branch: string }> {
  const place = freePlace(given.path);
  const start = await startOf(git, given);
  let first: string | null = null;
  const name = (): string => (first ??= given.branch(new Set(start.theirs)));
  const reserved = (folder: FolderId): Promise<string> => reserve(git, { ...given, ...place, ...start, folder, first: name() });
  return buildSite(git, { ...given, ...place, ...start, tip: start.base, taken: null, name, reserve: reserved });
}

/** The checked paths of a site that is about to be made. Faults: `worktree-failed`, if something is there. */
export function freePlace(checkout: string): { readonly path: string; readonly reader: string } {
  const path = checkoutPath(checkout);
  const reader = readerOf(path);
  refuseOccupied(path);
  refuseOccupied(reader);
  return { path, reader };
}

export type Starting = Omit<MakeGiven, 'branch' | 'path' | 'check'>;

/** The present commit of the branch from which work starts, and what else the remote says. */
export async function startOf(git: Git, given: Starting): Promise<Start> {
  const { turns, common, remote, signal } = given;
  if (remote === null) return { base: await localBase(git, given), theirs: [], pushTo: null };
  const name = JSON.stringify([common, remote, given.defaultBranch]);
  return turns.shared({ name, signal }, (at) => askRemote(at, { ...given, remote }));
}

interface Start extends Pick<Site, 'base' | 'pushTo'> {
  /** The names of the branches at the remote. */
  readonly theirs: readonly string[];
}

export interface Building extends Omit<Filling, 'folder' | 'settings'> {
  readonly check: MakeGiven['check'];
  /** The name of the branch that is tried first. */
  readonly name: () => string;
  /** Makes the reference of ours that keeps the base and reserves the branch's name, which it returns. */
  readonly reserve: (folder: FolderId) => Promise<string>;
}

/** Nothing is left of a site that could not be made. */
export async function buildSite(git: Git, given: Building): Promise<{ readonly base: string; readonly branch: string }> {
  const { path, reader, common, base, tip } = given;
  const settings = await settingsOf(given);
  await given.check(tip);
  let branch: string | null = null;
  try {
    const folder = makeFolders({ path, reader, common, branch: given.name() });
    branch = await given.reserve(folder);
    // The site borrows it, whatever happens to the reference by which it came here.
    if (tip !== base) await git.text({ ...shared(common), args: ['update-ref', tipRef(branch), tip] });
    await fill(git, { ...given, folder, branch, settings });
    return { base, branch };
  } catch (error) {
    // Before the note about it is deleted together with the reader.
    if (branch !== null) for (const ref of [tipRef(branch), baseRef(branch)]) await dropRef(git, { common, ref });
    for (const folder of [path, reader]) rmSync(folder, { recursive: true, force: true });
    throw asFault(error, path);
  }
}

/** Writes a note into the reader about what is being made, so whoever finds the folders later can remove them. */
function makeFolders(given: Omit<Unfinished, 'folder' | 'reserved'> & { readonly reader: string }): FolderId {
  const { path, reader, common, branch } = given;
  for (const folder of [dirname(path), dirname(reader), path, reader]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const folder = folderId(path);
  if (folder === null) throw failed(`${path} disappeared while it was being made`, null);
  writeUnfinished({ path, folder, common, branch, reserved: null });
  return folder;
}

/** The branch at the remote, all branch names there, and the current addresses for pushes. */
async function askRemote({ git, signal }: Within, given: Starting & { readonly remote: string }): Promise<Start> {
  const { remote, common, root, turns } = given;
  const reach = given.looks.within(signal).reachFrom({ dir: root, common });
  const about = { turns, common, remote, reach };
  const [base, places] = await Promise.all([fetchBranch(git, { ...about, branch: given.defaultBranch }), remoteHeads(git, about)]);
  const addresses = (await reach(remote)).push;
  // A place that does not answer fails the push later, so it is ignored here.
  const theirs = places.flatMap(({ heads }) => [...heads.keys()].map((ref) => ref.slice('refs/heads/'.length)));
  return { base, theirs, pushTo: { remote, addresses } };
}

async function localBase(git: Git, given: { readonly common: string; readonly defaultBranch: string }): Promise<string> {
  const base = await branchTip(git, { common: given.common, branch: given.defaultBranch });
  if (base !== null) return base;
  throw new Fault({
    code: 'worktree-failed',
    message: `there is no local branch ${given.defaultBranch} to start from`,
    hint: 'check out or create that branch',
  });
}

/** The part of the person's configuration that their sites get, remembered while its files do not change. */
export function settingsOf(given: Pick<MakeGiven, 'common' | 'root' | 'remember' | 'signal'>): Promise<SiteSettings> {
  const { common, remember, signal } = given;
  const files = ['config', 'config.worktree'].map((name) => join(common, name));
  return remember({ key: `site settings ${common}`, files: () => files, signal }, ({ git }) => siteSettings(git, given));
}

/** An existing folder is not ours, so it is neither filled nor removed after a failure. */
function refuseOccupied(path: string): void {
  const there = entryAt(path);
  if (there !== null && !(there.isDirectory() && readdirSync(path).length === 0)) throw failed(`${path} exists already`, null);
}

/**
 * Reserves a branch name that is unused here and at the remote; a name that cannot be pushed would show only after the
 * work is paid for. The reference of ours decides between several tasks that start at once.
 */
async function reserve(
  git: Git,
  given: MakeGiven & { readonly folder: FolderId; readonly base: string; readonly theirs: readonly string[]; readonly first: string },
): Promise<string> {
  const { path, folder, common, base, theirs } = given;
  let branch = given.first;
  for (let tries = 3; ; tries -= 1) {
    const taken = branch.startsWith('-') || inTheWay(branch, theirs) !== null || (await isTaken(git, { common, branch }));
    const writeNote = (reserved: Unfinished['reserved']) => writeUnfinished({ path, folder, common, branch, reserved });
    const answer = taken ? null : await makeRef(git, { common, ref: baseRef(branch), commit: base, note: writeNote });
    if (answer === 'made') return branch;
    if (answer?.ok === true) {
      writeNote('git');
      return branch;
    }
    const names = [...theirs, ...(await takenNames(git, common))];
    const next = given.branch(new Set(names));
    if (next === branch || tries === 0) throw await notReserved(git, { branch, answer, names });
    branch = next;
    // Written before the lock of the reference exists in the person's repository.
    writeNote(null);
  }
}

async function notReserved(
  git: Git,
  given: { readonly branch: string; readonly answer: GitAnswer | null; readonly names: readonly string[] },
): Promise<Fault> {
  const { branch, answer, names } = given;
  const other = inTheWay(branch, names);
  if (other !== null) {
    return new Fault({
      code: 'worktree-failed',
      message: `the branch ${branch} cannot be used: there is a branch ${other}, here or at the remote, and git cannot have both`,
      hint: `set delivery.branchPrefix to another prefix, or rename or delete the branch ${other}`,
    });
  }
  return failed(`the branch ${branch} cannot be used: ${await whyNot(git, { branch, answer })}`, answer);
}

async function whyNot(git: Git, given: { readonly branch: string; readonly answer: GitAnswer | null }): Promise<string> {
  const { branch, answer } = given;
  const valid = await git.run({ cwd: '/', args: ['check-ref-format', `refs/heads/${branch}`], kind: 'read' });
  if (!valid.ok || branch.startsWith('-')) return 'it is not a valid branch name';
  return answer === null ? 'it exists already' : gitReason(answer);
}

interface Filling extends Starting, Pick<Site, 'path' | 'reader' | 'base' | 'pushTo' | 'taken' | 'onto' | 'disposable'> {
  readonly folder: FolderId;
  readonly settings: SiteSettings;
  /** The commit that is checked out: the base, or one that contains it. */
  readonly tip: string;
}

async function fill(git: Git, given: Filling & { readonly branch: string }): Promise<void> {
  const { path, folder, reader, common, root, branch, base, tip, pushTo, settings, remote, taken, onto, disposable } = given;
  const start = remote === null ? null : { remote, branch: given.defaultBranch };
  const stores = lentStores(common);
  const facts = { path, reader, common, branch, tip, settings, stores, start, packedRefs: await packedRefs({ ...given, start }) };
  writeReader(facts);
  writeWorkers({ ...facts, gitFolder: join(path, '.git') });
  const gitFolder = folderId(join(path, '.git'));
  if (gitFolder === null) throw failed(`${path} disappeared while it was being made`, null);
  const { sparse, promisor, largeFiles } = settings;
  if (promisor !== null) await fetchPromised(git, { ...given, base: tip, promisor, sparse });
  const site: Site = {
    version: 1,
    path,
    folder,
    gitFolder,
    root,
    common,
    branch,
    base,
    pushTo,
    adopted: false,
    sparse,
    stores,
    promisor: sparse ? promisor : null,
    largeFiles,
    taken,
    ...(onto !== undefined && { onto }),
    ...(disposable !== undefined && { disposable }),
    reader,
  };
  // From some hundred files on, several processes write them faster; for fewer files, starting them costs more.
  const settingsFor = ['-c', 'checkout.workers=4', '-c', 'checkout.thresholdForParallelism=1000'];
  const answer = await git.run({ ...through(site), args: [...settingsFor, 'read-tree', '-u', '--reset', tip] });
  if (!answer.ok) throw failed(`the files of ${path} could not be written: ${gitReason(answer)}`, answer);
  copyFileSync(join(reader, 'index'), join(path, '.git', 'index'));
  if (tip !== base) writeIndexCommit(site, tip);
  const modules: { common: string; commit: string }[] = [];
  try {
    await fillModules(git, {
      work: path,
      gitFolder: join(path, '.git'),
      reader,
      commit: tip,
      theirs: { root, common },
      branch,
      into: modules,
    });
    // Written last: a site without a record is one that is still being made.
    writeRecord({ ...site, modules, attributes: attributesMark({ index: join(reader, 'index'), idBytes: base.length / 2 }) });
  } catch (error) {
    await dropModules(git, { branch, modules });
    throw error;
  }
}

/** Records which commit the reader's index belongs to. */
export function writeIndexCommit(site: Pick<Site, 'reader'>, commit: string): void {
  writeFileSync(join(site.reader, 'index-commit'), commit);
}

/** `origin/main` and the tags that the base contains: agents expect the former, and `git describe` needs the latter. */
async function packedRefs(given: Filling & { readonly start: { remote: string; branch: string } | null }): Promise<string> {
  const { common, base, start, remember, signal } = given;
  const args = [
    'for-each-ref',
    `--merged=${base}`,
    '--format=%(objectname) %(refname)%(if)%(*objectname)%(then)%0a^%(*objectname)%(end)',
    'refs/tags',
  ];
  const tags = existsSync(join(common, 'shallow'))
    ? ''
    : await remember({ key: `tags ${common} ${base}`, files: () => [], signal }, ({ git }) =>
        git.text({ ...shared(common), args, kind: 'read' }),
      );
  const tracking = start === null ? '' : `${base} refs/remotes/${start.remote}/${start.branch}\n`;
  return `${tracking}${tags === '' ? '' : `${tags}\n`}`;
}

function asFault(error: unknown, path: string): unknown {
  if (error instanceof Fault || !(error instanceof Error) || !('code' in error)) return error;
  const full = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  return new Fault({
    code: full ? 'disk-full' : 'worktree-failed',
    message: `the checkout ${path} could not be made: ${full ? 'the disk is full' : error.message}`,
    hint: full ? 'free space on the disk that holds the state folder (YARDMASTER_HOME)' : 'check the folder that the message names',
    cause: error,
  });
}

export function failed(message: string, answer: GitAnswer | null): Fault {
  return new Fault({
    code: answer?.obstacle?.code ?? 'worktree-failed',
    message,
    hint:
      answer === null ? 'choose another path, or remove it' : (answer.obstacle?.hint ?? 'correct what git reports about the repository'),
    data: answer === null ? {} : { stderr: answer.stderr.slice(-4000) },
  });
}
