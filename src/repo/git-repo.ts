// The port `Repo` over the git that is installed.
import type { Repo } from '../ports/repo.ts';
import { addWorktree } from './add-worktree.ts';
import { commitAll } from './commit-all.ts';
import { describeWorktree } from './describe.ts';
import { createFilterCheck } from './filters.ts';
import { createGit, usualLimits } from './git.ts';
import type { GitLimits } from './git.ts';
import { takeLeftLocks } from './left-locks.ts';
import { createLooks } from './looks.ts';
import { pushBranch } from './push.ts';
import { removeWorktree } from './remove-worktree.ts';
import { createTurns } from './turns.ts';
import { changeSummary, commitLog, hasWorktree, worktreeFacts } from './worktree-facts.ts';

export interface RepoLimits extends GitLimits {
  /** How long what a remote said serves those who ask it the same. Milliseconds, as all of these. */
  readonly freshMs: number;
  /** How long a repository's own facts are kept while its files are untouched. */
  readonly rememberMs: number;
  /** How long a remote's default branch is kept while the repository's configuration is untouched. */
  readonly defaultMs: number;
}

/**
 * One for the process: what must not happen at once in a repository is put in order here, and what need not be asked
 * again is known here. All of it may be lost at any time.
 */
export function gitRepo(own: Partial<RepoLimits> = {}): Repo {
  const limits: RepoLimits = { ...usualLimits, freshMs: 2_000, rememberMs: 10_000, defaultMs: 60_000, ...own };
  const git = createGit(limits);
  const turns = createTurns(limits);
  const { commonOf, remotes, reachFrom, find, describe } = createLooks({ git, limits });
  /** By common folder and reference, the commit of which the remote last said that it arrived. */
  const arrived = new Map<string, string>();
  const filters = createFilterCheck(git);

  return {
    find,
    describe,
    unconfiguredFilters: async ({ root, commit }) => filters({ common: await commonOf(root), commit }),
    addWorktree: async (given) => {
      const common = await commonOf(given.root);
      return addWorktree(git, { ...given, turns, common, reach: reachFrom({ dir: given.root, common }) });
    },
    describeWorktree: (path) => describeWorktree(git, path),
    hasWorktree: (given) => hasWorktree(git, given),
    takeLeftLocks: async (given) => takeLeftLocks(given),
    facts: (given) => worktreeFacts(git, given),
    log: (given) => commitLog(git, given),
    changes: (given) => changeSummary(git, given),
    commitAll: (given) => commitAll(git, given),
    push: async (given) => {
      const { common, ...result } = await pushBranch(git, {
        ...given,
        turns,
        remotes,
        reach: (of) => reachFrom({ dir: given.worktree, common: of }),
      });
      if (result.pushed) arrived.set(arrivalKey({ common, ...given }), result.commit);
      return result;
    },
    removeWorktree: async (given) => {
      const common = await commonOf(given.root);
      const key = arrivalKey({ common, ...given });
      const reach = reachFrom({ dir: given.root, common });
      const removed = await removeWorktree(git, { ...given, turns, common, reach, arrived: arrived.get(key) ?? null });
      arrived.delete(key);
      return removed;
    },
  };
}

function arrivalKey(given: { readonly common: string; readonly remote: string | null; readonly branch: string | null }): string {
  return JSON.stringify([given.common, given.remote, given.branch]);
}
