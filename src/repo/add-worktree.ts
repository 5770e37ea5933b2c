// Makes a worktree on a new branch, from the default branch as it is at the remote now. Nothing that the user has is
// changed: no configuration, remote, checkout or existing branch; and a failure leaves nothing behind.
import { lstat, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { Git, GitAnswer, GitCall } from './git.ts';
import { fetchBranch } from './fetch.ts';
import { gitReason } from './git-reason.ts';
import { canonical, commonFolder, linkedWorktrees, none, shared } from './registry.ts';
import type { Turns } from './turns.ts';

interface Wanted {
  readonly path: string;
  readonly branch: string;
}

export async function addWorktree(
  git: Git,
  given: Wanted & { readonly turns: Turns; readonly root: string; readonly remote: string | null; readonly defaultBranch: string },
): Promise<{ readonly base: string }> {
  const { turns, root, branch, remote, defaultBranch } = given;
  // git runs in the repository's own folder, not in ours.
  const path = resolve(given.path);
  const common = await commonFolder(git, root);
  const base =
    remote === null
      ? await localBase(git, { common, branch: defaultBranch })
      : await fetchBranch(git, { turns, common, remote, branch: defaultBranch });
  await turns.alone(common, () => makeWorktree(git, { common, path, branch, base }));
  return { base };
}

async function localBase(git: Git, given: { readonly common: string; readonly branch: string }): Promise<string> {
  const base = await git.maybe({
    ...shared(given.common),
    args: ['rev-parse', '--verify', '--quiet', `refs/heads/${given.branch}^{commit}`],
    kind: 'read',
  });
  if (base !== null) return base;
  throw new Fault({
    code: 'worktree-failed',
    message: `there is no local branch ${given.branch} to start from`,
    hint: 'check out or make that branch',
  });
}

async function makeWorktree(git: Git, given: Wanted & { readonly common: string; readonly base: string }): Promise<void> {
  const { common, path, branch, base } = given;
  await refuseOccupied(git, { common, path });
  const ref = `refs/heads/${branch}`;
  const nothing = '0'.repeat(base.length);
  // Made by itself and only when there was none: from here on the branch is known to be ours to take away again. (With
  // `worktree add -b` a failure would not tell whose branch stands there.) No tracking: that would write configuration.
  const made = await git.run({ ...shared(common), args: ['update-ref', '--create-reflog', '-m', 'worktree', ref, base, nothing] });
  if (!made.ok) throw failed(`the branch ${branch} could not be made: ${gitReason(made)}`, made);
  const steps: GitCall[] = [
    { ...shared(common), args: ['worktree', 'add', '--detach', '--', path, base] },
    { cwd: path, args: ['symbolic-ref', '-m', 'worktree', 'HEAD', ref] },
  ];
  for (const step of steps) {
    const answer = await git.run(step);
    if (answer.ok) continue;
    await undo(git, { common, path, ref, base });
    throw failed(`the worktree ${path} could not be made: ${gitReason(answer)}`, answer);
  }
}

/** An existing folder is not ours to fill, nor to take away when something fails. */
async function refuseOccupied(git: Git, given: { readonly common: string; readonly path: string }): Promise<void> {
  const { common, path } = given;
  const there = await lstat(path).catch(none);
  if (there !== null && !(there.isDirectory() && (await readdir(path)).length === 0)) {
    throw failed(`${path} is there already`, null);
  }
  const place = await canonical(path);
  const stale = (await linkedWorktrees(common)).find((linked) => linked.path === place);
  if (stale === undefined) return;
  // The folder was deleted without git's knowledge. A lock says that it only is not mounted at the moment.
  if ((await lstat(join(stale.admin, 'locked')).catch(none)) !== null) throw failed(`${path} is registered for a locked worktree`, null);
  await git.text({ ...shared(common), args: ['worktree', 'remove', '--force', '--', stale.path] });
}

async function undo(
  git: Git,
  given: { readonly common: string; readonly path: string; readonly ref: string; readonly base: string },
): Promise<void> {
  const { common, path, ref, base } = given;
  await rm(path, { recursive: true, force: true });
  await forget(git, { common, path });
  await git.run({ ...shared(common), args: ['update-ref', '-d', ref, base] });
}

/** Takes away the registration of a worktree whose folder is gone. */
export async function forget(git: Git, given: { readonly common: string; readonly path: string }): Promise<GitAnswer | null> {
  const place = await canonical(given.path);
  const left = (await linkedWorktrees(given.common)).find((linked) => linked.path === place);
  if (left === undefined) return null;
  // Twice: once for what git finds amiss in it, once for a lock.
  return git.run({ ...shared(given.common), args: ['worktree', 'remove', '--force', '--force', '--', left.path] });
}

function failed(message: string, answer: GitAnswer | null): Fault {
  return new Fault({
    code: 'worktree-failed',
    message,
    hint: answer === null ? 'choose another path or take it away' : 'look at what git says about the repository',
    data: answer === null ? {} : { stderr: answer.stderr.slice(-4000) },
  });
}
