// Git, as the supervisor needs it. The user's remotes, configuration and checkout are never changed, and nothing
// unpushed or uncommitted is deleted without being saved under refs/yardmaster/preserved/ first.

export interface RepoFacts {
  /** Absolute path of the main worktree's top folder. */
  readonly root: string;
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
  /** Faults: `not-a-repository` (a bare one, too), `empty-repository`, `detached-head` (nothing tells a default branch). */
  describe(dir: string, options: { readonly remote: string }): Promise<RepoFacts>;
  /** Local and remote-tracking names that are taken below a prefix such as `yard/`. */
  branches(given: { readonly root: string; readonly prefix: string }): Promise<readonly string[]>;
  /**
   * A worktree at `path` on the new branch, from the fresh default branch of the remote, or the local one without a remote.
   * Serialised per repository. Faults: `fetch-failed`, `worktree-failed`.
   */
  addWorktree(given: {
    readonly root: string;
    readonly path: string;
    readonly branch: string;
    readonly remote: string | null;
    readonly defaultBranch: string;
  }): Promise<{ readonly base: string }>;
  /** Does the worktree stand, on this branch? */
  hasWorktree(given: { readonly path: string; readonly branch: string }): Promise<boolean>;
  facts(given: { readonly worktree: string; readonly base: string }): Promise<WorktreeFacts>;
  /** Commits since `base`, newest first, each as `<short hash> <subject>`; at most 50. */
  log(given: { readonly worktree: string; readonly base: string }): Promise<readonly string[]>;
  /**
   * Commits all that is uncommitted but repositories inside the worktree; null when there was nothing. Hooks are not run.
   * Faults: `worktree-failed`, for unresolved conflicts among others.
   */
  commitAll(given: { readonly worktree: string; readonly message: string }): Promise<string | null>;
  /** Pushes the branch's head; refused as outdated: fetched, rebased once and pushed again, never forced. */
  push(given: { readonly worktree: string; readonly branch: string; readonly remote: string }): Promise<PushResult>;
  /**
   * Takes a worktree away. What is neither pushed nor (without a remote) on its kept branch, and every uncommitted change,
   * is saved first; answers under which ref. A folder that is not a worktree of this repository is left alone.
   * `keepBranch` false deletes the local branch as well, saved likewise, unless it is checked out elsewhere.
   * Faults: `not-preserved` and `not-a-worktree`, with which nothing was removed; `worktree-failed`.
   */
  removeWorktree(given: {
    readonly root: string;
    readonly path: string;
    readonly branch: string;
    readonly attempt: string;
    readonly remote: string | null;
    readonly keepBranch: boolean;
  }): Promise<{ readonly preserved: string | null }>;
}
