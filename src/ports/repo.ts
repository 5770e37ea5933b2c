// Git, as the supervisor needs it. A worker works in a site: a checkout with a repository of its own beside the person's,
// which borrows its objects. The user's remotes, configuration and checkout are never changed, and nothing
// unpushed or uncommitted is deleted without being saved under refs/yardmaster/preserved/ first.
import type { Sieve } from '../core/security/mask.ts';
import type { Instant } from '../core/time.ts';

export interface RepoPlace {
  /** Absolute path of the folder whose TODO.md and yardmaster.yaml count: docs/repositories.md says which one that is. */
  readonly root: string;
  /** Absolute path of the git folder that all worktrees share. */
  readonly common: string;
  /** The configured remote, when the repository has it; else null. */
  readonly remote: string | null;
  /** Those that it has where it has not the configured one; else none. */
  readonly otherRemotes: readonly string[];
}

export interface RepoFacts extends RepoPlace {
  /**
   * The branch that work starts from: `base` where one is given; else the remote's default branch as it is today, or as it
   * was recorded here where the remote does not tell; else the branch that is checked out.
   */
  readonly defaultBranch: string;
  /** The default branch as it is recorded here (`origin/HEAD`), where the remote names another one today; else null. */
  readonly outdated: string | null;
  /** Why the remote did not tell its branches; null: it did, or there is none. */
  readonly unreachable: string | null;
  /** Paths below the root, as .gitmodules there has them; `empty`: those that are neither checked out there nor fetched. */
  readonly submodules: { readonly empty: readonly string[] };
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

/** A submodule's commit that a clone of the branch could not get. */
export interface UnreachableSubmodule {
  readonly path: string;
  readonly commit: string;
  /** Its remote does not have it, or there is none; false: the remote could not be asked. */
  readonly missing: boolean;
  readonly why: string;
}

/** A hook of the person's that runs before a push, as git would call it in the checkout. */
export interface PushHook {
  /** Absolute. */
  readonly file: string;
  readonly args: readonly string[];
  /** For its standard input. */
  readonly input: string;
}

/**
 * A site's checkout stands at `path`, a folder of ours named <home>/worktrees/NAME; its reader, which only we use, is made
 * at <home>/readers/NAME. What is read, committed, brought over or pushed is read by the reader: nothing that the worker
 * wrote into its repository is obeyed. To be asked only when all that worked there has ended. A linked worktree that an
 * older version made becomes a site when it is first asked for.
 */
export interface Repo {
  /** The same, all of whose work ends when the signal aborts: what was begun then fails with the fault `stopped`. */
  within(signal: AbortSignal): Repo;
  /**
   * Which repository a folder is in. No remote is asked. May be some seconds old in what the user's own configuration says
   * of remotes, and is as new as the repository's files. Faults: `not-a-repository` (there is none), `unusable-repository`
   * (a bare one, one of another user's, one whose worktree is elsewhere), `empty-repository`.
   */
  find(dir: string, options: { readonly remote: string }): Promise<RepoPlace>;
  /**
   * The same with what matters to work in it. The remote is asked, and what it said a minute ago serves. `base`: the branch
   * to start from, which must be there. Faults: those of `find`; `detached-head` (nothing tells a default branch);
   * `base-missing`.
   */
  describe(dir: string, options: { readonly remote: string; readonly base?: string | null }): Promise<RepoFacts>;
  /**
   * The names of filters that the attributes of a commit, or the repository's own, name and that are not configured. What
   * is committed there would not pass through them, and git would not say so.
   */
  unconfiguredFilters(given: { readonly root: string; readonly commit: string }): Promise<readonly string[]>;
  /**
   * A checkout at `path` with a repository of its own on a new branch, from the default branch of the remote, or the local
   * one without a remote. The branch appears in the person's repository only when something of it is taken.
   * What the remote said some 2 s ago serves: tasks that begin together ask it once. `branch` names the branch when told
   * which names are taken (at the remote, and after a refusal here); it is asked again when somebody else was faster.
   * Faults: `fetch-failed`, `filter-missing` (see `unconfiguredFilters`), `worktree-failed`, `disk-full`, `read-only`, `needs-person` (a
   * sign-in that fails, a host's key that nobody confirmed, a program that is not installed), and then nothing is left of it.
   */
  makeSite(given: {
    readonly root: string;
    readonly path: string;
    readonly branch: (taken: ReadonlySet<string>) => string;
    readonly remote: string | null;
    readonly defaultBranch: string;
  }): Promise<{ readonly base: string; readonly branch: string }>;
  /**
   * Which repository (its common folder) the site at this path belongs to, and its branch. Null for anything else that may
   * stand there, and where that repository is gone.
   */
  describeSite(path: string): Promise<{ readonly common: string; readonly branch: string | null } | null>;
  /** Takes away the empty folders of one who was killed before a note said whose site they are to be; false: there are none such. */
  removeBegun(path: string): Promise<boolean>;
  /** Does the site stand, unharmed, on this branch? */
  hasSite(given: { readonly path: string; readonly branch: string }): Promise<boolean>;
  /**
   * Paths of submodules in whose folders nothing stands in the site, as it was last committed or read. Those within other
   * submodules are not looked at. Without submodules this costs no process. Faults: `worktree-failed`.
   */
  emptySubmodules(given: { readonly worktree: string }): Promise<readonly string[]>;
  /** Takes away git's locks that were made since then in the site's own repository; answers their paths. */
  takeLeftLocks(given: { readonly worktree: string; readonly since: Instant }): Promise<readonly string[]>;
  /**
   * Where the worker fetched only a part of a history, the rest is fetched from the remote first, as by `take`.
   * Faults: `worktree-failed`, where the checkout cannot be read or is no longer on its branch; `not-taken`, where a part of its
   * history cannot be had.
   */
  facts(given: { readonly worktree: string; readonly base: string }): Promise<WorktreeFacts>;
  /** Commits since `base`, newest first, each as `<short hash> <subject>`; at most 50, and none where their history is incomplete. */
  log(given: { readonly worktree: string; readonly base: string }): Promise<readonly string[]>;
  /** What differs from the base, committed or not, as git sums it up: a line per file, at most 30, and one for all. New files count once they are added. */
  changes(given: { readonly worktree: string; readonly base: string }): Promise<readonly string[]>;
  /**
   * Commits all that is uncommitted but repositories inside the checkout, pipes, sockets and devices; null when there was
   * nothing. Hooks are not run. `sign: auto` honours the person's `commit.gpgsign`, without a prompt.
   * Faults: `not-committed`, for unresolved conflicts and for more than may be taken; `secret-in-work`, where that or the commits
   * below it contain a secret, as in `take`; `not-signed`, `filter-missing`, `worktree-failed`, `disk-full`.
   */
  commitAll(given: {
    readonly worktree: string;
    readonly message: string;
    readonly sign: 'auto' | 'off';
    readonly secrets?: Sieve | null;
  }): Promise<string | null>;
  /**
   * Brings the site's branch into the person's repository, every object checked and the size bounded, and its history in full:
   * what the worker did not fetch of it (`--depth`, `--filter`) is fetched from the remote. Null: it has no commit
   * beside its base. `kept`: why the person's branch of that name was left where it is; null: it is at the commit.
   * Faults: `not-taken`, `filter-missing` (its attributes name a filter that is not configured) and `secret-in-work`, and then
   * nothing of the person's was changed; `worktree-failed`, `disk-full`, `needs-person`.
   * `secrets`: what a commit since the base must not contain, in its message, in the name of a file, or in a line that the base
   * does not have, even where a later commit takes it out again; absent or null: nothing is looked for.
   */
  take(given: {
    readonly worktree: string;
    readonly secrets?: Sieve | null;
  }): Promise<{ readonly commit: string; readonly kept: string | null } | null>;
  /**
   * Of the submodules' commits that `commit` names and `base` does not: those that cannot be fetched from the submodule's
   * remote. Where that is, the base's .gitmodules and the person's configuration say, and the commit's own .gitmodules
   * only where it names another address. Faults: `worktree-failed`, `needs-person`.
   */
  unreachableSubmodules(given: {
    readonly worktree: string;
    readonly commit: string;
    readonly base: string;
  }): Promise<readonly UnreachableSubmodule[]>;
  /** The hooks that the person's repository runs before a push, in git's order. They may run what the worker wrote. */
  pushHooks(given: { readonly worktree: string; readonly remote: string; readonly commit: string }): Promise<readonly PushHook[]>;
  /**
   * Pushes the commit to the site's branch at the address that was configured when the site was made, never forced and
   * without hooks; refused as outdated: fetched, rebased once, taken and pushed again, unless none of ours is in what stands
   * there, or the commit itself is: then it has arrived. Else pushed is what the remote reported as such of this reference.
   * `accept`: an address that a person changed since is taken as theirs, also that of another remote; otherwise that is
   * refused. `sign: auto`: what was signed before it was rebased is signed again where the person's `commit.gpgsign` asks for
   * it, without a prompt.
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
   * Takes a site away. What is neither pushed nor (without a remote) on its kept branch, and every uncommitted change, is
   * saved first; answers under which ref. Of a commit whose history is incomplete its files are
   * saved, on top of the base. A folder that was not made here is left alone.
   * `keepBranch` false deletes the local branch as well, saved likewise, unless it is checked out.
   * `branch` null: one without a branch. Commits of which the remote said to this process that they arrived are proven
   * while their branch is kept; else the remote is asked.
   * Faults: `not-preserved` (what is too large to be taken is not saved either) and `not-a-worktree`, with which nothing was
   * removed; `worktree-failed`; `not-a-repository`.
   */
  removeSite(given: {
    readonly root: string;
    readonly path: string;
    readonly branch: string | null;
    readonly attempt: string;
    readonly remote: string | null;
    readonly keepBranch: boolean;
  }): Promise<{ readonly preserved: string | null }>;
  /** Goes on with what `removeSite` moved away and could not delete. Faults: `worktree-failed`. */
  finishDeletion(path: string): Promise<void>;
  /** References of the person's repository under which work of these attempts was saved by `removeSite`. Faults: those of `find`. */
  preserved(given: { readonly root: string; readonly attempts: readonly string[] }): Promise<readonly string[]>;
}
