// Commits what an agent left uncommitted, without hooks and signatures. Two things are not committed: unresolved
// conflicts (their markers would be delivered as work), and repositories inside the worktree (they would become links
// to commits that nobody else has); those stay where they are, and removal of the worktree saves them.
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { Git } from './git.ts';
import { gitReason } from './git-reason.ts';
import { identity } from './identity.ts';
import { none } from './registry.ts';

export async function commitAll(git: Git, given: { readonly worktree: string; readonly message: string }): Promise<string | null> {
  const { worktree, message } = given;
  const step = async (call: { args: readonly string[]; env?: Record<string, string>; input?: string; kind?: 'read' }): Promise<string> => {
    const answer = await git.run({ cwd: worktree, ...call });
    if (answer.ok) return answer.stdout;
    throw new Fault({
      code: answer.obstacle?.code ?? 'worktree-failed',
      message: `the changes in ${worktree} could not be committed: ${gitReason(answer)}`,
      hint: answer.obstacle?.hint ?? 'look at what git says there',
    });
  };
  const unmerged = list(await step({ args: ['diff', '--name-only', '--diff-filter=U', '-z'], kind: 'read' }));
  if (unmerged.length > 0) {
    throw new Fault({
      code: 'worktree-failed',
      message: `${worktree} has unresolved conflicts in ${unmerged.slice(0, 5).join(', ')}`,
      hint: 'resolve them, or abort the merge or rebase',
      data: { unmerged },
    });
  }
  const nested = await untrackedRepositories(git, { cwd: worktree });
  await step({ args: ['add', '--all', '--pathspec-from-file=-', '--pathspec-file-nul'], input: allBut(nested) });
  const staged = await git.run({ cwd: worktree, args: ['diff', '--cached', '--quiet', '--ignore-submodules=none'], kind: 'read' });
  if (staged.ok && !(await isMerging(git, worktree))) return null;
  const commit = ['commit', '--quiet', '--no-verify', '--no-gpg-sign', '--allow-empty-message', '--cleanup=whitespace', '--file=-'];
  await step({ args: commit, input: message, env: await identity(git, { cwd: worktree }) });
  return step({ args: ['rev-parse', '--verify', 'HEAD^{commit}'], kind: 'read' });
}

/** Folders, with a closing slash, that are repositories of their own and neither tracked nor ignored. */
export async function untrackedRepositories(
  git: Git,
  at: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<readonly string[]> {
  const others = await git.text({ ...at, args: ['ls-files', '--others', '--exclude-standard', '-z'], kind: 'read' });
  return list(others).filter((path) => path.endsWith('/'));
}

/** Pathspecs for all below the current folder but these folders. */
export function allBut(folders: readonly string[]): string {
  return ['.', ...folders.map((folder) => `:(exclude,top,literal)${folder.replace(/\/$/, '')}`)].join('\0');
}

function list(text: string): string[] {
  return text.split('\0').filter((path) => path !== '');
}

async function isMerging(git: Git, worktree: string): Promise<boolean> {
  const folder = await git.text({ cwd: worktree, args: ['rev-parse', '--absolute-git-dir'], kind: 'read' });
  return (await lstat(join(folder, 'MERGE_HEAD')).catch(none)) !== null;
}
