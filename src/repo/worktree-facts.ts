// What stands in a worktree, read without taking a lock or refreshing an index.
import { Fault } from '../core/fault.ts';
import type { WorktreeFacts } from '../ports/repo.ts';
import type { Git } from './git.ts';
import { gitReason } from './git-reason.ts';
import { canonical } from './registry.ts';

export async function hasWorktree(git: Git, given: { readonly path: string; readonly branch: string }): Promise<boolean> {
  const args = [
    'rev-parse',
    '--path-format=absolute',
    '--absolute-git-dir',
    '--git-common-dir',
    '--show-toplevel',
    '--symbolic-full-name',
    'HEAD',
  ];
  const answer = await git.maybe({ cwd: given.path, args, kind: 'read' });
  const [own, common, top, head] = answer?.split('\n') ?? [];
  if (own === common || top === undefined) return false;
  return head === `refs/heads/${given.branch}` && (await canonical(top)) === (await canonical(given.path));
}

export async function worktreeFacts(git: Git, given: { readonly worktree: string; readonly base: string }): Promise<WorktreeFacts> {
  const { worktree, base } = given;
  const head = await read(git, { worktree, args: ['rev-parse', '--verify', 'HEAD^{commit}'] });
  const commits = await read(git, { worktree, args: ['rev-list', '--count', `${base}..${head}`] });
  // The user's status settings are overruled: hidden untracked files would count as no change.
  const status = await read(git, {
    worktree,
    args: ['status', '--porcelain=v1', '-z', '--untracked-files=all', '--no-renames', '--ignore-submodules=none'],
  });
  const dirty = status.split('\0').flatMap((record) => (record === '' ? [] : [record.slice(3)]));
  return { head, commits: Number(commits), dirty };
}

export async function commitLog(git: Git, given: { readonly worktree: string; readonly base: string }): Promise<readonly string[]> {
  const { worktree, base } = given;
  const log = await read(git, {
    worktree,
    args: ['log', '--max-count=50', '--no-show-signature', '--format=%h %s', `${base}..HEAD`, '--'],
  });
  return log.split('\n').filter((line) => line !== '');
}

async function read(git: Git, given: { readonly worktree: string; readonly args: readonly string[] }): Promise<string> {
  const answer = await git.run({ cwd: given.worktree, args: given.args, kind: 'read' });
  if (answer.ok) return answer.stdout;
  throw new Fault({
    code: 'worktree-failed',
    message: `the worktree ${given.worktree} cannot be read: ${gitReason(answer)}`,
    hint: 'look at what git says there',
  });
}
