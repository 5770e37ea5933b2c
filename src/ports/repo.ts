// Git, as the supervisor needs it. A worker works in a site: a checkout with a repository of its own beside the person's,
// which borrows its objects. The user's remotes, configuration and checkout are never changed, and nothing
// unpushed or uncommitted is deleted without being saved under refs/yardmaster/preserved/ first.
import type { Sieve } from '../core/security/mask.ts';
import type { Instant } from '../core/time.ts';
import type { RepoBranches } from './repo-branches.ts';
import type { Leftovers, PushResult, SiteUpdates } from './repo-updates.ts';

export interface RepoPlace {
  /**
   * Absolute path of the folder whose TODO.md and yardmaster.yaml are used: docs/repositories.md says which one that is.
   */
  readonly root: string;
  /** Absolute path of the git folder that all worktrees share. */
  readonly common: string;
  /** The configured remote if the repository has it; else null. */
  readonly remote: string | null;
  /** The repository's remotes if the configured one is not among them; else none. */
  readonly otherRemotes: readonly string[];
}

export interface RepoFacts extends RepoPlace {
  /**
   * The branch that work starts from: `base` if one is given; else the remote's default branch as it is today, or as it was
   * recorded here if the remote does not answer; else the branch that is checked out.
   */
  readonly defaultBranch: string;
  /** The default branch as it is recorded here (`origin/HEAD`), if the remote has another one today; else null. */
  readonly outdated: string | null;
  /** Why the remote did not report its branches; null if it did, or if there is none. */
  readonly unreachable: string | null;
  /**
   * Paths below the root, as .gitmodules there lists them; `empty`: those that are neither checked out there nor fetched.
   */
  readonly submodules: { readonly empty: readonly string[] };
}

export interface WorktreeFacts {
  readonly head: string;
  /** Commits since `base`. */
  readonly commits: number;
  /** Paths with uncommitted changes, untracked ones included, ignored ones not. */
  readonly dirty: readonly string[];
}

/** A submodule's commit that a clone of the branch could not get. */
export interface UnreachableSubmodule {
  readonly path: string;
  readonly commit: string;
  /** True if its remote does not have it, or if there is no remote; false if the remote could not be asked. */
  readonly missing: boolean;
  readonly why: string;
}

/** A hook of the person's that runs before a push, in the form in which git would call it in the checkout. */
export interface PushHook {
  /** An absolute path. */
  readonly file: string;
  readonly args: readonly string[];
  /** The content of its standard input. */
  readonly input: string;
}

/**
 * A site's checkout is at `path`, a folder of ours named <home>/worktrees/NAME; its reader, which only we use, is at
 * <home>/readers/NAME. Everything that is read, committed, taken or pushed is read through the reader, so nothing that the
 * worker wrote into its repository is obeyed. To be called only after everything that worked there has ended. A linked
 * worktree that an older version made becomes a site at the first call.
 */
export interface Repo extends RepoBranches, SiteUpdates {
  /**
   * The same `Repo`, all of whose work ends when the signal aborts: unfinished calls then fail with the fault `stopped`.
   */
  within(signal: AbortSignal): Repo;
  /**
   * The repository to which a folder belongs. No remote is asked. The result may be some seconds old where it depends on
   * the user's own git configuration of remotes, and is as new as the repository's files otherwise. Faults:
   * `not-a-repository` (there is none), `unusable-repository` (a bare one, one of another user, one whose worktree is
   * elsewhere), `empty-repository`.
   */
  find(dir: string, options: { readonly remote: string }): Promise<RepoPlace>;
  /**
   * The same, with the facts that matter for work in it. The remote is asked; an answer of the last minute is used again.
   * `base`: the branch to start from, which must exist. Faults: those of `find`; `detached-head` (the default branch is
   * unknown); `base-missing`.
   */
  describe(dir: string, options: { readonly remote: string; readonly base?: string | null }): Promise<RepoFacts>;
  /**
   * The names of filters that the attributes of a commit, or the repository's own, refer to and that are not configured.
   * Files committed there would not pass through them, and git would not report that.
   */
  unconfiguredFilters(given: { readonly root: string; readonly commit: string }): Promise<readonly string[]>;
  /**
   * Makes a checkout at `path` with a repository of its own on a new branch, from the default branch of the remote, or from
   * the local one without a remote. (`defaultBranch` may also be another task's delivered branch, on which this one builds;
   * `base` is then the commit of that branch.) The branch appears in the person's repository only when something of it is taken. An
   * answer of the remote from the last 2 s is used again, so tasks that begin together ask it once. `branch` returns a
   * branch name, given the names that are taken (at the remote, and after a refusal here); it is called again if somebody
   * else took that name first. Faults: `fetch-failed`, `filter-missing` (see `unconfiguredFilters`), `worktree-failed`,
   * `disk-full`, `read-only`, `needs-person` (a sign-in that fails, a host key that nobody confirmed, a program that is not
   * installed); nothing is left of it then.
   */
  makeSite(given: {
    readonly root: string;
    readonly path: string;
    readonly branch: (taken: ReadonlySet<string>) => string;
    readonly remote: string | null;
    readonly defaultBranch: string;
  }): Promise<{ readonly base: string; readonly branch: string }>;
  /**
   * Makes a site for a branch that exists already, to go on from `commit`, its head: one that was delivered and whose site
   * was removed, or on which a person has built. The commit must be in the repository (`fetchBranch`). The site has the same
   * branch name, so `push` delivers to the branch that is there. `base` is the newest commit that it has in common with
   * `defaultBranch` (the base of its pull request) as that is now. Without new work, `take` returns the commit itself.
   * Faults: as in `makeSite`; `worktree-failed` also if there is a site of that branch, or if nothing is in common.
   */
  siteFrom(given: {
    readonly root: string;
    readonly path: string;
    readonly branch: string;
    readonly commit: string;
    readonly remote: string | null;
    readonly defaultBranch: string;
  }): Promise<{ readonly base: string; readonly branch: string }>;
  /**
   * Makes a checkout of a merged commit of a branch, in which commands check what was merged, at `folder`/`name`, and returns
   * its path. One that an ended process left there is removed first. The branch is fetched if the commit is not here yet.
   * It is a site without work of anybody's: nothing can be pushed from it, and nothing of it is saved when it is removed.
   * What is in the commit may have been written by a worker, so it is protected like every site. Faults: as in `makeSite`;
   * `fetch-failed` also if the branch does not bring the commit.
   */
  verifyCheckout(given: {
    readonly root: string;
    readonly remote: string | null;
    readonly branch: string;
    readonly commit: string;
    readonly folder: string;
    readonly name: string;
  }): Promise<string>;
  /** Removes such a checkout, whatever is in it; without one, nothing happens. Faults: `not-a-worktree` for anything else. */
  removeVerifyCheckout(given: { readonly root: string; readonly path: string }): Promise<void>;
  /**
   * The repository (its common folder) to which the site at this path belongs, and its branch. Null for anything else at
   * this path, and if that repository is gone.
   */
  describeSite(path: string): Promise<{ readonly common: string; readonly branch: string | null } | null>;
  /**
   * Removes the empty folders of a process that was killed before it recorded for which site they were; false if there are
   * none.
   */
  removeBegun(path: string): Promise<boolean>;
  /** Whether the site exists, undamaged, on this branch. */
  hasSite(given: { readonly path: string; readonly branch: string }): Promise<boolean>;
  /**
   * Paths of submodules whose folders are empty in the site, as it was last committed or read. Submodules within other
   * submodules are not checked. Without submodules this costs no process. Faults: `worktree-failed`.
   */
  emptySubmodules(given: { readonly worktree: string }): Promise<readonly string[]>;
  /** Removes git's locks that were made since then in the site's own repository; returns their paths. */
  takeLeftLocks(given: { readonly worktree: string; readonly since: Instant }): Promise<readonly string[]>;
  /**
   * If the worker fetched only part of a history, the rest is fetched from the remote first, as in `take`. Faults:
   * `worktree-failed`, if the checkout cannot be read or is no longer on its branch; `not-taken`, if part of its history
   * cannot be fetched.
   */
  facts(given: { readonly worktree: string; readonly base: string }): Promise<WorktreeFacts>;
  /**
   * Commits since `base`, newest first, each as `<short hash> <subject>`; at most 50, and none if their history is
   * incomplete.
   */
  log(given: { readonly worktree: string; readonly base: string }): Promise<readonly string[]>;
  /**
   * All differences from the base, committed or not, in git's summary: a line per file, at most 30, and one for all. New
   * files are included once they are added.
   */
  changes(given: { readonly worktree: string; readonly base: string }): Promise<readonly string[]>;
  /**
   * Commits everything that is uncommitted, except repositories inside the checkout, pipes, sockets and devices; null if
   * there was nothing. Hooks are not run. `sign: auto` follows the person's `commit.gpgsign`, without a prompt. Faults:
   * `not-committed`, for unresolved conflicts and for more than may be taken; `secret-in-work`, if these changes or the
   * commits below them contain a secret, as in `take`; `not-signed`, `filter-missing`, `worktree-failed`, `disk-full`.
   */
  commitAll(given: Leftovers & { readonly worktree: string }): Promise<string | null>;
  /**
   * Brings the site's branch into the person's repository, with every object checked, the size limited, and its complete
   * history: parts that the worker did not fetch (`--depth`, `--filter`) are fetched from the remote. Null: it has no
   * commit beside its base. `kept`: why the person's branch of that name was not moved; null: it is at the commit. Faults:
   * `not-taken`, `filter-missing` (its attributes refer to a filter that is not configured) and `secret-in-work`, after
   * which nothing of the person's has changed; `worktree-failed`, `disk-full`, `needs-person`. `secrets`: texts that a
   * commit since the base must not contain, in its message, in a file name, or in a line that the base does not have, even
   * if a later commit removes it; absent or null: nothing is searched for.
   */
  take(given: {
    readonly worktree: string;
    readonly secrets?: Sieve | null;
  }): Promise<{ readonly commit: string; readonly kept: string | null } | null>;
  /**
   * The submodule commits in `commit`, but not in `base`, that cannot be fetched from the submodule's remote. The address
   * of that remote comes from the base's .gitmodules and the person's configuration; from the commit's own .gitmodules only
   * if it has another address. Faults: `worktree-failed`, `needs-person`.
   */
  unreachableSubmodules(given: {
    readonly worktree: string;
    readonly commit: string;
    readonly base: string;
  }): Promise<readonly UnreachableSubmodule[]>;
  /**
   * The hooks that the person's repository runs before a push, in git's order. They may execute files that the worker
   * wrote.
   */
  pushHooks(given: { readonly worktree: string; readonly remote: string; readonly commit: string }): Promise<readonly PushHook[]>;
  /**
   * Pushes the commit to the site's branch at the address that was configured when the site was made, never forced and
   * without hooks. If the remote refuses it as outdated, the branch is fetched, and the commit is rebased once, taken and
   * pushed again. It is not rebased if the remote's branch contains none of our work; and if it contains the commit itself,
   * the commit has arrived. Otherwise it counts as pushed if the remote reported that for this reference. `accept`: an address that a
   * person changed since is accepted as theirs, also that of another remote; otherwise it is refused. `sign: auto`: commits
   * that were signed before the rebase are signed again if the person's `commit.gpgsign` asks for it, without a prompt.
   * Faults: `worktree-failed`, `not-taken`, `not-signed`.
   */
  push(given: {
    readonly worktree: string;
    readonly remote: string;
    readonly commit: string;
    readonly accept: boolean;
    readonly sign: 'auto' | 'off';
  }): Promise<PushResult>;
  /**
   * Removes a site. Commits that are neither pushed nor (without a remote) on its kept branch, and every uncommitted
   * change, are saved first; the result says under which ref. For a commit whose history is incomplete, its files are
   * saved, on top of the base. A folder that was not made here is left alone. `keepBranch` false deletes the local branch
   * as well, saved in the same way, unless it is checked out. `branch` null: a site without a branch. `merged`: a head that
   * is known to be merged, so that it needs no saving even if no branch has it any more. Commits that the remote confirmed to
   * this process are proven while their branch is kept; else the remote is asked. Faults: `not-preserved` (work that is too
   * large to be taken is not saved either) and `not-a-worktree`, after which nothing was removed; `worktree-failed`;
   * `not-a-repository`.
   */
  removeSite(given: {
    readonly root: string;
    readonly path: string;
    readonly branch: string | null;
    readonly attempt: string;
    readonly remote: string | null;
    readonly keepBranch: boolean;
    readonly merged?: string | null;
  }): Promise<{ readonly preserved: string | null }>;
  /** Continues the deletion of folders that `removeSite` moved away and could not delete. Faults: `worktree-failed`. */
  finishDeletion(path: string): Promise<void>;
  /** References of the person's repository under which work of these attempts was saved by `removeSite`. Faults: those of `find`. */
  preserved(given: { readonly root: string; readonly attempts: readonly string[] }): Promise<readonly string[]>;
}
