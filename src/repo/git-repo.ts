// The port `Repo` over the git that is installed.
import type { Repo } from '../ports/repo.ts';
import { addWorktree } from './add-worktree.ts';
import { commitAll } from './commit-all.ts';
import { branchNames, describeRepo } from './describe.ts';
import { createGit, usualLimits } from './git.ts';
import type { GitLimits } from './git.ts';
import { pushBranch } from './push.ts';
import { removeWorktree } from './remove-worktree.ts';
import { createTurns } from './turns.ts';
import { commitLog, hasWorktree, worktreeFacts } from './worktree-facts.ts';

/** One for the process: what must not happen at once in a repository is put in order here. */
export function gitRepo(limits: Partial<GitLimits> = {}): Repo {
  const git = createGit({ ...usualLimits, ...limits });
  const turns = createTurns();
  return {
    describe: (dir, options) => describeRepo(git, { dir, remote: options.remote }),
    branches: (given) => branchNames(git, given),
    addWorktree: (given) => addWorktree(git, { ...given, turns }),
    hasWorktree: (given) => hasWorktree(git, given),
    facts: (given) => worktreeFacts(git, given),
    log: (given) => commitLog(git, given),
    commitAll: (given) => commitAll(git, given),
    push: (given) => pushBranch(git, { ...given, turns }),
    removeWorktree: (given) => removeWorktree(git, { ...given, turns }),
  };
}
