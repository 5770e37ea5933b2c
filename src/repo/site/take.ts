// Brings the work of a site into the person's repository: one branch, from the reader, with each object checked and the
// size limited. A reference moves only from its observed value to the commit itself, so it cannot end up anywhere else. The
// person's branch is moved only if it is ours: if it did not exist before, or is where we left it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { Git, GitAnswer } from '../git.ts';
import { gitReason } from '../git-reason.ts';
import { branchAt, linkedWorktrees, localTip, shared } from '../registry.ts';
import type { Reach } from '../remote-address.ts';
import { refuseAbove, sizeBeside } from './bound.ts';
import { bringObjects } from './bring.ts';
import { isAsJudged } from './honest.ts';
import { isPartial } from './incomplete.ts';
import { keepLargeFiles } from './large-files.ts';
import { looseObjects } from './loose-object.ts';
import { makeRef, moveRef } from './our-refs.ts';
import { keptRefs, stopped, storesOf, tipRef, writeRecord, type Site } from './record.ts';
import { followTip } from './tip.ts';

export interface Taken {
  readonly commit: string;
  /** Why the person's branch of that name was not moved; null if it is at the commit. */
  readonly kept: string | null;
}

/** Null if there is no commit beyond the base. Faults: `not-taken`, `worktree-failed`. */
export async function takeSite(
  git: Git,
  given: {
    readonly site: Site;
    readonly mostBytes: number;
    readonly reach: Reach;
    /** Throws if the commit must not be taken. */
    readonly look?: (commit: string) => Promise<void>;
  },
): Promise<Taken | null> {
  const { site } = given;
  const commit = await followTip(git, site);
  if (commit === site.base && site.taken === null) return null;
  const ours = await takenCommit(git, { site, commit });
  const looseBytes = ours === commit ? null : await refuseTooLarge(git, { ...given, commit });
  await given.look?.(commit);
  if (ours !== commit) {
    if (ours !== null) await keepTip(git, { site, commit: ours });
    await bring(git, { ...given, commit, ours, looseBytes });
  } else await refuseFalse(git, { site, commit });
  if (site.taken !== commit) await keepLargeFiles(git, { ...given, commit });
  const kept = await moveBranch(git, { site, commit, ours });
  writeRecord({ ...site, taken: kept === null ? commit : site.taken });
  return { commit, kept };
}

/**
 * The value of our reference. The process that set it may have been ended before it checked that all objects exist; if
 * some are missing, the reference does not count, and the work is brought again.
 */
async function takenCommit(git: Git, { site, commit }: { readonly site: Site; readonly commit: string }): Promise<string | null> {
  const tip = { common: site.common, ref: tipRef(site.branch) };
  const ours = await localTip(git, tip);
  if (ours !== commit || site.taken === commit) return ours;
  const whole = await wholeness(git, { site, commit });
  if (whole.ok) return ours;
  if (whole.aborted) throw stopped();
  await moveRef(git, { ...tip, commit: '0'.repeat(commit.length), from: commit });
  return null;
}

/** What was taken earlier stays as long as the site, because the site's repository borrows the objects. */
async function keepTip(git: Git, given: { readonly site: Site; readonly commit: string }): Promise<void> {
  const { site, commit } = given;
  const answer = await git.run({ ...shared(site.common), args: ['update-ref', `${keptRefs(site.branch)}${commit}`, commit] });
  // If it is gone there is nothing to keep, and the new work must not be held up by it.
  if (!answer.ok && !isGone(answer)) throw notTaken(site, answer);
}

async function bring(
  git: Git,
  given: {
    readonly site: Site;
    readonly commit: string;
    readonly ours: string | null;
    readonly looseBytes: number | null;
    readonly reach: Reach;
  },
): Promise<void> {
  const { site, commit, ours } = given;
  const { common, branch } = site;
  const tip = { common, ref: tipRef(branch), commit };
  for (let tries = 3; ; tries -= 1) {
    const brought = await bringObjects(git, { ...given, ref: `refs/heads/${branch}` });
    if (!brought.ok) throw notTaken(site, brought);
    const files = arrivedFiles(site);
    await refuseFalse(git, { site, commit });
    const moved = ours === null ? await makeRef(git, tip) : await moveRef(git, { ...tip, from: ours });
    // Before a reference existed, a `gc --prune=now` by the person may have deleted some or all of it.
    if (moved !== 'made' && !moved.ok) {
      if (tries > 1 && isGone(moved)) continue;
      throw notTaken(site, moved);
    }
    // For a partial site, this covers only what the worker made, not what was fetched in addition.
    if (files.length > 0 && files.every((file) => existsSync(file)) && !isPartial(site)) return;
    const whole = await wholeness(git, { site, commit });
    if (whole.ok) return;
    await moveRef(git, { ...tip, commit: ours ?? '0'.repeat(commit.length), from: commit });
    if (tries === 1 || whole.aborted) throw notTaken(site, whole);
  }
}

/** The files in the person's repository that are the site's loose objects. As long as they exist, nothing was collected. */
function arrivedFiles(site: Site): readonly string[] {
  const objects = looseObjects(storesOf(site)) ?? [];
  return objects.map(({ name }) => join(site.common, 'objects', name)).filter((file) => existsSync(file));
}

function isGone({ stderr }: GitAnswer): boolean {
  return stderr.includes('nonexistent object');
}

/** Whether the person's repository has everything that belongs to the commit. */
function wholeness(git: Git, { site, commit }: { readonly site: Site; readonly commit: string }): Promise<GitAnswer> {
  const at = shared(site.common);
  const args = ['rev-list', '--objects', '--quiet', '--exclude-promisor-objects', commit, `^${site.base}`];
  return git.run({ ...at, env: { ...at.env, GIT_NO_LAZY_FETCH: '1' }, args, kind: 'read' });
}

/** Faults: `not-taken`. */
async function refuseFalse(git: Git, given: { readonly site: Site; readonly commit: string }): Promise<void> {
  if (await isAsJudged(git, given)) return;
  throw new Fault({
    code: 'not-taken',
    message: `the commit ${given.commit} does not contain what git showed of it in ${given.site.path}: an object in the repository there is stored under another object's id`,
    hint: lookAt(given.site),
  });
}

function notTaken(site: Site, answer: GitAnswer): Fault {
  if (answer.aborted) return stopped();
  return new Fault({
    code: answer.obstacle?.code ?? 'not-taken',
    message: `what was committed in ${site.path} could not be copied into your repository: ${answer.ok ? 'git did not say why' : gitReason(answer)}`,
    hint: answer.obstacle?.hint ?? lookAt(site),
  });
}

/**
 * Moves the person's branch of that name if it does not exist or is where we left it, and nobody has it checked out.
 * Returns why it was not moved.
 */
async function moveBranch(
  git: Git,
  given: { readonly site: Site; readonly commit: string; readonly ours: string | null },
): Promise<string | null> {
  const { site, commit, ours } = given;
  const { common, branch } = site;
  const ref = `refs/heads/${branch}`;
  const at = await localTip(git, { common, ref });
  if (at === commit) return null;
  // It was moved there, and the mover ended before it could record that.
  const taken = at !== null && at === ours ? ours : site.taken;
  if (at !== taken) {
    if (at === null) return `${branch} was deleted in the repository`;
    return taken === null ? `there is another branch ${branch} in the repository` : `${branch} in the repository has other commits`;
  }
  if (await isCheckedOut(git, { common, branch })) return `${branch} is checked out in the repository`;
  const moved = taken === null ? await makeRef(git, { common, ref, commit }) : await moveRef(git, { common, ref, commit, from: taken });
  return moved === 'made' || moved.ok ? null : gitReason(moved);
}

export async function isCheckedOut(git: Git, given: { readonly common: string; readonly branch: string }): Promise<boolean> {
  const { common, branch } = given;
  const folders = [common, ...linkedWorktrees(common).map(({ admin }) => admin)];
  for (const folder of folders) if ((await branchAt(git, folder)) === branch) return true;
  return false;
}

/** Returns an upper limit of bytes if there are a few loose objects, else null. Faults: `not-taken`. */
async function refuseTooLarge(
  git: Git,
  given: { readonly site: Site; readonly commit: string; readonly mostBytes: number },
): Promise<number | null> {
  const { site, mostBytes } = given;
  const loose = looseObjects(storesOf(site))?.reduce((sum, { size }) => sum + size, 0) ?? null;
  // A worker may also have added objects and removed them again; git then has to say what the commit really contains.
  const size = loose !== null && loose <= mostBytes ? loose : await reachableSize(git, given);
  refuseAbove({ mostBytes, size, what: `the commits in ${site.path} hold` });
  return loose && Math.min(loose, size);
}

async function reachableSize(git: Git, given: { readonly site: Site; readonly commit: string }): Promise<number> {
  const { site } = given;
  try {
    return await sizeBeside(git, { ...given, others: [site.base] });
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'git-failed') throw error;
    // Objects are missing or broken.
    const message = `what was committed in ${site.path} cannot be read: ${error.message}`;
    throw new Fault({ code: 'not-taken', message, hint: lookAt(site), cause: error });
  }
}

function lookAt(site: Site): string {
  return `to find the problem, run: git --git-dir='${site.reader}' fsck`;
}
