// Keeps a site's branch up to date with the branch that it is to be merged into, as a pull request's life needs it. All of
// this is done by git of ours and through the reader: nothing that a worker wrote is run or obeyed. To be called only after
// everything that worked in the site has ended.
import type { Sieve } from '../core/security/mask.ts';

/** The branch to be up to date with. */
export interface BaseBranch {
  /** Null: a branch of the person's repository. */
  readonly remote: string | null;
  readonly branch: string;
}

interface Updating {
  readonly worktree: string;
  readonly onto: BaseBranch;
  /**
   * The commit on which the branch was built before, if that is not part of `onto`: the head of another task's branch which
   * was merged by a squash or rebased since. Only commits after it are the task's own.
   */
  readonly from?: string;
}

export type SiteUpdate =
  /** `base`: the commit of `onto`, which is the site's base from now on. `by`: what was done. */
  | { readonly updated: true; readonly by: 'rebase' | 'merge'; readonly commit: string; readonly base: string }
  /** It contains the commit of `onto` already, which is the site's base from now on. */
  | { readonly updated: false; readonly why: 'current'; readonly commit: string; readonly base: string }
  | { readonly updated: false; readonly why: 'conflict'; readonly base: string; readonly paths: readonly string[] }
  /** The state of the checkout does not allow it: uncommitted changes, a file in the way, a submodule that would move. */
  | { readonly updated: false; readonly why: 'refused'; readonly message: string };

export type Conflict =
  | { readonly begun: true; readonly base: string; readonly paths: readonly string[] }
  /** There is no conflict any more: the branch of `onto` has moved. `updateSite` brings it up to date. */
  | { readonly begun: false; readonly why: 'none' }
  | { readonly begun: false; readonly why: 'refused'; readonly message: string };

export type ConflictEnd =
  | { readonly resolved: true; readonly commit: string; readonly base: string }
  /** The paths that are still in conflict; all of them if the worker gave the merge up. */
  | { readonly resolved: false; readonly paths: readonly string[] };

/** How changes that a worker left uncommitted are committed: see `Repo.commitAll`. */
export interface Leftovers {
  readonly message: string;
  readonly sign: 'auto' | 'off';
  readonly secrets?: Sieve | null;
}

export type PushResult =
  | { readonly pushed: true; readonly commit: string; readonly ref: string }
  | { readonly pushed: false; readonly why: 'refused' | 'unreachable'; readonly message: string };

export type HeadPush =
  | PushResult
  /** The remote has another head than the lease (null: no such branch): a person's, which nothing of ours overwrites. */
  | { readonly pushed: false; readonly why: 'moved'; readonly head: string | null };

export interface SiteUpdates {
  /**
   * Brings the site's committed work up to date with the branch `onto`, as that is now. `rebase`: the commits are rebased
   * (`git rebase --onto ONTO FROM` if `from` is given), and signed again as in `push`. `merge`: a merge commit is made. A
   * rebase with conflicts becomes a merge if that has none: each of several commits may conflict where their sum does not.
   * Untracked files stay. Unless `updated` is true, the checkout is exactly as before. A rebased branch has to be pushed
   * with `pushHead`; if `commit` is `base` afterwards, the branch of `onto` has all of the work already. Faults:
   * `fetch-failed`, `worktree-failed`, `not-taken` (see `facts`), `not-signed`, `needs-person`.
   */
  updateSite(given: Updating & { readonly how: 'rebase' | 'merge'; readonly sign: 'auto' | 'off' }): Promise<SiteUpdate>;
  /**
   * Leaves the checkout in the middle of a merge of `onto`, for a worker to resolve: conflict markers in the files, the
   * paths unmerged in its index, and `MERGE_HEAD`, so that `git status` and `git commit` there behave as after `git merge`.
   * It is a merge whatever the person's way to update is: a rebase would stop at each commit, and its state would have to be
   * trusted to the worker's repository. The resolution thus becomes a merge commit of the branch. If such a merge is under
   * way already, nothing is changed. Afterwards `endConflict`, and only then `take`. Faults: as in `updateSite`.
   */
  beginConflict(given: Updating): Promise<Conflict>;
  /**
   * Whether the conflict is resolved: the branch contains the commit of `onto`, everything is committed, no path is unmerged,
   * and no marker of ours is left in the files. If so, the site's base is that commit from now on. A file that can have no
   * markers (a binary one, or one that one side deleted) counts as resolved once the worker has staged or committed it.
   * `leftovers`: if no conflict is left in the files, what is uncommitted is committed first as in `commitAll`, which makes
   * the merge commit if the worker did not; absent: it counts as not resolved. (`commitAll` itself also makes that commit,
   * and refuses markers that are left with the fault `not-committed`.) Faults: `worktree-failed`; those of `commitAll`.
   */
  endConflict(given: { readonly worktree: string; readonly leftovers?: Leftovers }): Promise<ConflictEnd>;
  /**
   * Pushes a commit that was taken to the site's branch, also if that rewrites the branch, provided that the branch is still
   * at `lease` at each address that pushes go to: the head that we pushed last or that a person pushed and we built upon;
   * null: there must be no such branch. If the commit is there already, it counts as pushed. Addresses are judged as in
   * `push`, and no hooks are run. Faults: `worktree-failed`.
   */
  pushHead(given: {
    readonly worktree: string;
    readonly remote: string;
    readonly commit: string;
    readonly lease: string | null;
    readonly accept: boolean;
  }): Promise<HeadPush>;
}
