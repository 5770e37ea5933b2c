// Git, as the supervisor needs it. The user's remotes, configuration and checkout are never changed, and nothing
// unpushed or uncommitted is deleted without being saved under refs/yardmaster/preserved/ first.
import type { Instant } from '../core/time.ts';

export interface RepoFacts {
  /** Absolute path of the main worktree's top folder. */
  readonly root: string;
  /** Absolute path of the git folder that all its worktrees share; it may lie outside of `root`. */
  readonly common: string;
  /** The configured remote, when the repository has it; else null. */
  readonly remote: string | null;
  /** The remote's default branch, or without a remote the branch that is checked out. */
  readonly defaultBranch: string;
}

export interface WorktreeFacts {
  readonly head: string;
  /** Commits since `base`. */
  readonly commits: number;
  /** Paths with uncommitted changes, untracked ones included, ignored ones not. */
  readonly dirty: readonly string[];
}

export type PushResult =
  | { readonly pushed: true; readonly commit: string; readonly ref: string }
  | { readonly pushed: false; readonly why: 'refused' | 'unreachable'; readonly message: string };

export interface Repo {
  /**
   * May be some seconds old in what the user's own configuration says of remotes, and is as new as the repository's files.
   * Faults: `not-a-repository` (a bare one, too), `empty-repository`, `detached-head` (nothing tells a default branch).
   */
  describe(dir: string, options: { readonly remote: string }): Promise<RepoFacts>;
  /**
   * A worktree at `path` on a new branch, from the default branch of the remote, or the local one without a remote.
   * What the remote said some 2 s ago serves: tasks that begin together ask it once. `branch` names the branch when told
   * which names are taken (at the remote, and after a refusal here); it is asked again when somebody else was faster.
   * Faults: `fetch-failed`, `worktree-failed`, and then nothing is left of it.
   */
  addWorktree(given: {
    readonly root: string;
    readonly path: string;
    readonly branch: (taken: ReadonlySet<string>) => string;
    readonly remote: string | null;
    readonly defaultBranch: string;
  }): Promise<{ readonly base: string; readonly branch: string }>;
  /**
   * Which repository (its main worktree's top folder) the linked worktree at this path belongs to, and which branch is
   * checked out. Null for anything else that may stand there, a worktree whose repository is gone among it.
   */
  describeWorktree(path: string): Promise<{ readonly root: string; readonly branch: string | null } | null>;
  /** Does the worktree stand, on this branch? */
  hasWorktree(given: { readonly path: string; readonly branch: string }): Promise<boolean>;
  /**
   * Takes away git's locks that were made since then in the worktree's own records or on its branch; answers their paths.
   * To be asked only when all that worked there has ended.
   */
  takeLeftLocks(given: { readonly worktree: string; readonly branch: string; readonly since: Instant }): Promise<readonly string[]>;
  facts(given: { readonly worktree: string; readonly base: string }): Promise<WorktreeFacts>;
  /** Commits since `base`, newest first, each as `<short hash> <subject>`; at most 50. */
  log(given: { readonly worktree: string; readonly base: string }): Promise<readonly string[]>;
  /** What differs from the base, committed or not, as git sums it up: a line per file, at most 30, and one for all. New files count once they are added. */
  changes(given: { readonly worktree: string; readonly base: string }): Promise<readonly string[]>;
  /**
   * Commits all that is uncommitted but repositories inside the worktree; null when there was nothing. Hooks are not run.
   * Faults: `worktree-failed`, for unresolved conflicts among others.
   */
  commitAll(given: { readonly worktree: string; readonly message: string }): Promise<string | null>;
  /**
   * Pushes the branch's head, never forced; refused as outdated: fetched, rebased once and pushed again, unless none of
   * ours is in what stands there. Pushed is what the remote reported as such of this reference. Faults: `worktree-failed`.
   */
  push(given: { readonly worktree: string; readonly branch: string; readonly remote: string }): Promise<PushResult>;
  /**
   * Takes a worktree away. What is neither pushed nor (without a remote) on its kept branch, and every uncommitted change,
   * is saved first; answers under which ref. A folder that is not a worktree of this repository is left alone.
   * `keepBranch` false deletes the local branch as well, saved likewise, unless it is checked out elsewhere.
   * `branch` null: one without a branch. Commits of which the remote said to this process that they arrived are proven
   * while their branch is kept; else the remote is asked.
   * Faults: `not-preserved` and `not-a-worktree`, with which nothing was removed; `worktree-failed`; `not-a-repository`.
   */
  removeWorktree(given: {
    readonly root: string;
    readonly path: string;
    readonly branch: string | null;
    readonly attempt: string;
    readonly remote: string | null;
    readonly keepBranch: boolean;
  }): Promise<{ readonly preserved: string | null }>;
}
