// Branches of a repository and of its remote, as a pull request's life needs them: where they are, what they contain, and
// how a delivered one is merged without a forge. The person's checkout, configuration, branches and remote-tracking branches
// are never changed; what is fetched goes to references of ours.
import type { Instant } from '../core/time.ts';

/** A branch of a remote. `root`: a folder of the person's repository. */
export interface RemoteBranch {
  readonly root: string;
  readonly remote: string;
  readonly branch: string;
}

/** Texts of a commit may be a stranger's: they are data, for people to read. */
export interface CommitInfo {
  readonly commit: string;
  readonly author: { readonly name: string; readonly email: string };
  /** When it was committed, as its committer's clock said. */
  readonly at: Instant;
  /** The first line of its message. */
  readonly subject: string;
}

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
   * The commits that `to` contains and `from` does not, newest first, at most 50. Faults: `git-failed` if one of them is
   * not in the repository.
   */
  commitsBetween(given: { readonly root: string; readonly from: string; readonly to: string }): Promise<readonly CommitInfo[]>;
  /**
   * Whether the commit contains the other one, or is the same. Faults: `git-failed` if one of them is not in the
   * repository.
   */
  isAncestor(given: { readonly root: string; readonly ancestor: string; readonly commit: string }): Promise<boolean>;
  /**
   * The addresses to which a remote's name leads after the person's `url.*.insteadOf` and `pushurl`, absolute, without
   * logins and passwords; none if there is no such remote. Nobody is asked. Faults: those of `find`.
   */
  remoteAddress(given: {
    readonly root: string;
    readonly remote: string;
  }): Promise<{ readonly fetch: readonly string[]; readonly push: readonly string[] }>;
}
