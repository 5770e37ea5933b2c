// What stands in a worktree, read without taking a lock or refreshing an index.
import { dirname } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { WorktreeFacts } from '../ports/repo.ts';
import type { Git } from './git.ts';
import { gitReason } from './git-reason.ts';
import { looseCommits } from './loose-commits.ts';
import { branchAt, linkAt } from './registry.ts';

export async function hasWorktree(git: Git, given: { readonly path: string; readonly branch: string }): Promise<boolean> {
  const link = linkAt(given.path);
  return link !== null && (await branchAt(git, link.admin)) === given.branch;
}

export async function worktreeFacts(git: Git, given: { readonly worktree: string; readonly base: string }): Promise<WorktreeFacts> {
  const { worktree, base } = given;
  // The user's status settings are overruled: hidden untracked files would count as no change.
  const status = await read(git, {
    worktree,
    args: [
      'status',
      '--porcelain=v2',
      '-z',
      '--branch',
      '--no-ahead-behind',
      '--untracked-files=all',
      '--no-renames',
      '--ignore-submodules=none',
    ],
  });
  const records = status.split('\0');
  const head = records.find((record) => record.startsWith('# branch.oid '))?.slice('# branch.oid '.length);
  if (head === undefined || head === '(initial)') throw unreadable(worktree, 'it has no commit');
  const dirty = records.flatMap((record) => {
    const fields = fieldsBefore[record.charAt(0)];
    return fields === undefined ? [] : [record.split(' ').slice(fields).join(' ')];
  });
  const common = linkAt(worktree)?.common;
  const loose = common === undefined ? null : looseCommits({ common, base, head });
  const commits = loose ?? Number(await read(git, { worktree, args: ['rev-list', '--count', `${base}..${head}`] }));
  return { head, commits, dirty };
}

/** By kind of record (changed, unmerged, untracked), how many fields stand before the path. */
const fieldsBefore: Readonly<Record<string, number>> = { '1': 8, u: 10, '?': 1 };

export async function commitLog(git: Git, given: { readonly worktree: string; readonly base: string }): Promise<readonly string[]> {
  const { worktree, base } = given;
  const log = await read(git, {
    worktree,
    args: ['log', '--max-count=50', '--no-show-signature', '--format=%h %s', `${base}..HEAD`, '--'],
  });
  return log.split('\n').filter((line) => line !== '');
}

export async function changeSummary(git: Git, given: { readonly worktree: string; readonly base: string }): Promise<readonly string[]> {
  const { worktree, base } = given;
  const args = ['diff', '--stat=100', '--stat-count=30', '--no-ext-diff', '--no-color', '--no-renames', base, '--'];
  return (await read(git, { worktree, args })).split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
}

async function read(git: Git, given: { readonly worktree: string; readonly args: readonly string[] }): Promise<string> {
  const { worktree, args } = given;
  // Without its `.git`, the repository around it would answer in its place.
  const answer = await git.run({ cwd: worktree, args, kind: 'read', env: { GIT_CEILING_DIRECTORIES: dirname(worktree) } });
  if (answer.ok) return answer.stdout;
  throw unreadable(worktree, gitReason(answer), answer.obstacle?.hint);
}

function unreadable(worktree: string, why: string, hint = 'look at what git says there'): Fault {
  return new Fault({ code: 'worktree-failed', message: `the worktree ${worktree} cannot be read: ${why}`, hint });
}
