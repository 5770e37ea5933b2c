// Makes a worktree on a new branch, from the default branch as it is at the remote now. Nothing that the user has is
// changed: no configuration, remote, checkout or existing branch; and a failure leaves nothing behind. The branch is
// made last, by git and only where there is none.
import { lstat, readdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Fault } from '../core/fault.ts';
import { takenNames } from './describe.ts';
import { fetchBranch } from './fetch.ts';
import type { Git, GitAnswer } from './git.ts';
import { gitReason } from './git-reason.ts';
import { branchAt, branchTip, canonical, linkAt, linkedWorktrees, none, shared } from './registry.ts';
import type { Reach } from './remote-address.ts';
import { remoteHeads } from './remote-heads.ts';
import type { Turns } from './turns.ts';

export interface AddGiven {
  readonly turns: Turns;
  readonly common: string;
  readonly path: string;
  readonly remote: string | null;
  readonly reach: Reach;
  readonly defaultBranch: string;
  readonly branch: (taken: ReadonlySet<string>) => string;
}

export async function addWorktree(git: Git, given: AddGiven): Promise<{ readonly base: string; readonly branch: string }> {
  const { turns, common, remote } = given;
  // git runs in the repository's own folder, not in ours.
  const path = resolve(given.path);
  await refuseOccupied(path);
  const { base, theirs } =
    remote === null
      ? { base: await localBase(git, given), theirs: [] }
      : await turns.shared(JSON.stringify([common, remote, given.defaultBranch]), () => askRemote(git, { ...given, remote }));
  await register(git, { turns, common, path, base });
  try {
    return { base, branch: await checkOut(git, { ...given, path, base, theirs }) };
  } catch (error) {
    await undo(git, { turns, common, path, base });
    throw error;
  }
}

async function undo(
  git: Git,
  given: { readonly turns: Turns; readonly common: string; readonly path: string; readonly base: string },
): Promise<void> {
  const { turns, common, path, base } = given;
  const link = linkAt(path);
  // With files that could not be written git goes on to the branch: checked out here, it is the one that was made here.
  const branch = link === null ? null : await branchAt(git, link.admin);
  await rm(path, { recursive: true, force: true });
  await turns.alone(common, async () => {
    await forget(git, { common, path });
    if (branch !== null) await git.run({ ...shared(common), args: ['update-ref', '-d', `refs/heads/${branch}`, base] });
  });
}

/** Where the default branch is at the remote, and all branch names where our pushes go to. */
async function askRemote(git: Git, given: AddGiven & { readonly remote: string }): Promise<{ base: string; theirs: readonly string[] }> {
  const [base, places] = await Promise.all([fetchBranch(git, { ...given, branch: given.defaultBranch }), remoteHeads(git, given)]);
  // A place that does not answer fails the push, later.
  return { base, theirs: places.flatMap(({ heads }) => [...heads.keys()].map((ref) => ref.slice('refs/heads/'.length))) };
}

async function localBase(git: Git, given: { readonly common: string; readonly defaultBranch: string }): Promise<string> {
  const base = await branchTip(git, { common: given.common, branch: given.defaultBranch });
  if (base !== null) return base;
  throw new Fault({
    code: 'worktree-failed',
    message: `there is no local branch ${given.defaultBranch} to start from`,
    hint: 'check out or make that branch',
  });
}

/** An existing folder is not ours to fill, nor to take away when something fails. */
async function refuseOccupied(path: string): Promise<void> {
  const there = await lstat(path).catch(none);
  if (there !== null && !(there.isDirectory() && (await readdir(path)).length === 0)) throw failed(`${path} is there already`, null);
}

/** The worktree's records and an empty folder. The long part, the files, is then written beside what others do. */
async function register(
  git: Git,
  given: { readonly turns: Turns; readonly common: string; readonly path: string; readonly base: string },
): Promise<void> {
  const { turns, common, path, base } = given;
  const add = { ...shared(common), args: ['worktree', 'add', '--quiet', '--no-checkout', '--detach', '--', path, base] };
  const made = await turns.alone(common, async () => {
    const answer = await git.run(add);
    if (!/is a missing but already registered worktree/.test(answer.stderr)) return answer;
    // The folder was deleted without git's knowledge. With a lock git says otherwise: it only is not mounted now.
    await git.run({ ...shared(common), args: ['worktree', 'remove', '--force', '--', path] });
    return git.run(add);
  });
  if (!made.ok) throw failed(`the worktree ${path} could not be made: ${gitReason(made)}`, made);
}

/** What git says to a new branch whose name, or a folder of it, is one that stands. */
const taken = /a branch named '[^\n]*' already exists|reference already exists|exists; cannot create|blocking reference/;

/** Writes the files on a branch of a free name, which git makes at the end. Local names are listed only after a refusal. */
async function checkOut(git: Git, given: AddGiven & { readonly base: string; readonly theirs: readonly string[] }): Promise<string> {
  const { common, path, base, theirs } = given;
  let branch = given.branch(new Set(theirs));
  for (let tries = 3; ; tries -= 1) {
    // No tracking: that would write configuration.
    const args = ['checkout', '--quiet', '--force', '--no-track', '--no-recurse-submodules', '-b', branch, base];
    const answer = await git.run({ cwd: path, args });
    if (answer.ok) return branch;
    const next = taken.test(answer.stderr) ? given.branch(new Set([...theirs, ...(await takenNames(git, common))])) : branch;
    if (next === branch || tries === 0)
      throw failed(`the worktree ${path} could not be made on the branch ${branch}: ${gitReason(answer)}`, answer);
    branch = next;
  }
}

/** Takes away the registration of a worktree whose folder is gone. */
export async function forget(git: Git, given: { readonly common: string; readonly path: string }): Promise<GitAnswer | null> {
  const place = canonical(given.path);
  const left = linkedWorktrees(given.common).find((linked) => linked.path === place);
  if (left === undefined) return null;
  // Twice: once for what git finds amiss in it, once for a lock.
  return git.run({ ...shared(given.common), args: ['worktree', 'remove', '--force', '--force', '--', left.path] });
}

function failed(message: string, answer: GitAnswer | null): Fault {
  return new Fault({
    code: answer?.obstacle?.code ?? 'worktree-failed',
    message,
    hint: answer === null ? 'choose another path or take it away' : (answer.obstacle?.hint ?? 'look at what git says about the repository'),
    data: answer === null ? {} : { stderr: answer.stderr.slice(-4000) },
  });
}
