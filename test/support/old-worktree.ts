// A linked worktree, made by the same git commands as in the program of commit 95ac52a.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { GitFixture } from './git-fixture.ts';

export interface OldWorktree {
  readonly path: string;
  readonly branch: string;
  readonly base: string;
  /** Its records in the repository. */
  readonly admin: string;
}

export function oldWorktree(fx: GitFixture, name: string, root = fx.root): OldWorktree {
  const path = join(fx.worktrees, name);
  const branch = `yard/${name}`;
  const base = fx.git(root, 'rev-parse', 'refs/remotes/origin/main');
  fx.git(root, 'worktree', 'add', '--quiet', '--no-checkout', '--detach', '--', path, base);
  fx.git(path, 'checkout', '--quiet', '--force', '--no-track', '--no-recurse-submodules', '-b', branch, base);
  return { path, branch, base, admin: fx.git(path, 'rev-parse', '--absolute-git-dir') };
}

/** Everything that a worker, or a person, can see in a checkout. */
export function seen(fx: GitFixture, path: string): unknown {
  const git = (...args: string[]): string => fx.git(path, '--no-optional-locks', ...args);
  return {
    head: git('rev-parse', 'HEAD'),
    branch: git('rev-parse', '--symbolic-full-name', 'HEAD'),
    status: git('status', '--porcelain=v2', '--untracked-files=all', '--ignored'),
    state: git('status', '--long').split('\n').slice(0, 4),
    staged: git('ls-files', '--stage'),
    diff: git('diff', 'HEAD'),
    log: git('reflog', 'show', '--format=%H %gs', 'HEAD'),
  };
}

/** The part of the person's repository that must stay unchanged, whatever is done with a worktree of ours. */
export function persons(fx: GitFixture, root = fx.root): unknown {
  const text = (name: string): string | null =>
    existsSync(join(root, '.git', name)) ? readFileSync(join(root, '.git', name), 'latin1') : null;
  return {
    files: ['config', 'config.worktree', 'HEAD', 'index', 'info/exclude', 'info/sparse-checkout', 'logs/HEAD'].map(text),
    hooks: existsSync(join(root, '.git/hooks')) ? readdirSync(join(root, '.git/hooks')) : [],
    stash: fx.git(root, 'stash', 'list', '--format=%H'),
    refs: fx.git(root, 'for-each-ref', 'refs/heads', 'refs/remotes', 'refs/tags'),
    status: fx.git(root, '--no-optional-locks', 'status', '--porcelain'),
  };
}
