// Branches of a repository and of its remote, as a pull request's life needs them: where they are, what they contain, and
// how a delivered one is merged without a forge. The person's checkout, configuration, branches and remote-tracking branches
// are never changed; what is fetched goes to references of ours.

/** A branch of a remote. `root`: a folder of the person's repository. */
export interface RemoteBranch {
  readonly root: string;
  readonly remote: string;
  readonly branch: string;
}

/**
 * `ff`: the base is moved to the commit if that contains it, else as with `merge`. `merge`: a merge commit. `squash`: one
 * commit with all of the changes.
 */
export type MergeWay = 'ff' | 'merge' | 'squash';

export type BranchMerge =
  /**
   * `commit`: the base's commit that has the work, the present one if it had that already. `deleted`: the merged branch is
   * gone.
   */
  | { readonly merged: true; readonly commit: string; readonly deleted: boolean }
  | { readonly merged: false; readonly why: 'conflict'; readonly paths: readonly string[] }
  /** `moved`: the base was moved by others each time. `checked-out`: see `mergeBranch`. */
  | { readonly merged: false; readonly why: 'moved' | 'checked-out' | 'refused' | 'unreachable'; readonly message: string };

export interface RepoBranches {
  /**
   * The commit of the branch at the place from which the remote's branches are fetched, asked now; null if it has no such
   * branch. Faults: `unreachable`, `needs-person`; those of `find`.
   */
  branchAt(given: RemoteBranch): Promise<string | null>;
  /**
   * Fetches the branch as it is now, and returns its commit; null if there is no such branch. A reference of ours keeps the
   * commit here until the branch is fetched again or `forgetBranch` is called; in a partial clone, as much of it as the
   * clone's filter says. Faults: `fetch-failed`, `needs-person`, `disk-full`; those of `find`.
   */
  fetchBranch(given: RemoteBranch): Promise<string | null>;
  /** Deletes the references of ours that keep what was fetched of the branch. Sites that were made from it stay whole. */
  forgetBranch(given: RemoteBranch): Promise<void>;
  /**
   * Whether the commit contains the other one, or is the same. Both may be full names of references. Faults: `git-failed` if
   * one of them is not in the repository.
   */
  isAncestor(given: { readonly root: string; readonly ancestor: string; readonly commit: string }): Promise<boolean>;
  /**
   * The commit that is checked out at the root, null if there is none yet, and how the file at this path below the root
   * differs from it: not at all, in the checkout or the index, or git does not have it. A file that is in neither of the two
   * is as it was committed.
   */
  fileState(given: {
    readonly root: string;
    readonly path: string;
  }): Promise<{ readonly commit: string | null; readonly file: 'committed' | 'changed' | 'untracked' }>;
  /**
   * The addresses to which a remote's name leads after the person's `url.*.insteadOf` and `pushurl`, absolute, without
   * logins and passwords; none if there is no such remote. Nobody is asked. Faults: those of `find`.
   */
  remoteAddress(given: {
    readonly root: string;
    readonly remote: string;
  }): Promise<{ readonly fetch: readonly string[]; readonly push: readonly string[] }>;
  /**
   * Merges a delivered branch into its base without a forge. The commit must be in the repository. With a remote, this
   * happens there: the merge is made as objects, in a folder of ours, and pushed with a lease on the base as it was fetched;
   * if the base moved meanwhile, once more. Nothing here changes. Without a remote, the local branch `base` is moved, unless
   * it is checked out anywhere: moving it would make the files there look changed, and changing them would be under a
   * person's hands; `message` then says which command does it. Nothing is merged that does not apply cleanly. `delete`: the
   * branch is deleted afterwards, if it is at that commit (see `deleteBranch`). `from`: only the changes since that commit are
   * merged, because the base has those before it in another form, such as a squash. `message`: of the new commit, which is signed
   * as in `commitAll`. Hooks are not run. Faults: `needs-person`, `not-signed`, `git-failed`; those of `find`.
   */
  mergeBranch(given: {
    readonly root: string;
    readonly remote: string | null;
    readonly branch: string;
    readonly commit: string;
    readonly base: string;
    readonly from?: string;
    readonly method: MergeWay;
    readonly message: string;
    readonly delete: boolean;
    readonly sign: 'auto' | 'off';
  }): Promise<BranchMerge>;
  /**
   * Deletes the branch at the remote, or the local one without a remote, if it still is at the commit; a local one only if
   * it is not checked out. Returns whether there is no such branch afterwards. Faults: `unreachable`; those of `find`.
   */
  deleteBranch(given: {
    readonly root: string;
    readonly remote: string | null;
    readonly branch: string;
    readonly commit: string;
  }): Promise<boolean>;
}
