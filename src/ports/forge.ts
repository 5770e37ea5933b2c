// A service that has pull requests, as the supervisor needs it. Nothing here decides: it asks and carries out. Every write
// says on which commit it is based, or can be repeated without a second effect by a caller that looks first. An answer that
// a forge has not finished computing is null, never a guess.
import type {
  Check,
  Checks,
  ForgeRepository,
  ForgeRepositoryFacts,
  MergeMethod,
  PullRequest,
  ReviewItem,
} from '../core/delivery/pull-facts.ts';
import type { Spent } from '../core/delivery/rounds.ts';
import type { Instant } from '../core/time.ts';
import type { ForgeIssues } from './forge-issues.ts';

export interface Forge {
  /** The key of its settings, such as `github`. */
  readonly name: string;
  /**
   * The repository that a remote's address names; null if the address is not one of this forge's. `hosts`: hosts beside
   * the forge's public one that a person says are of this kind. Asks nobody.
   */
  locate(given: { readonly address: string; readonly hosts: readonly string[] }): ForgeRepository | null;
  /**
   * The account that signs in at a host, with the first reference that gives a secret: the configured one (`env:NAME`,
   * `file:PATH`, `command:LINE`), else those where people keep it. Proves it by one request. The secret stays in the
   * adapter, and is given to the vault, which masks it everywhere. The configured secret is only sent to the hosts of the
   * settings (`hosts`), or to the forge's public ones if the settings name none.
   */
  signIn(given: {
    readonly host: string;
    readonly hosts: readonly string[];
    readonly secret: string | null;
    /** The most points that this account may use in any hour. */
    readonly pointsPerHour: number;
    readonly signal: AbortSignal;
  }): Promise<SignIn>;
}

export type SignIn =
  | { readonly signedIn: true; readonly account: ForgeAccount }
  /** `none`: no reference gave a secret. `refused`: the forge does not accept it. `away`: the forge does not answer. */
  | { readonly signedIn: false; readonly why: 'none' | 'refused' | 'away'; readonly message: string; readonly hint: string };

/** What is left of the account's requests. An hour is always the last sixty minutes. */
export interface Points {
  /** The most that we use in an hour. */
  readonly limit: number;
  /** What we may still use now: less than `limit - used` where other programs used up the forge's own limit. */
  readonly left: number;
  /** When some of what is used is given back. */
  readonly resetsAt: Instant;
  /** Points of ours in the last hour, as the forge counts them. */
  readonly used: number;
  /** The same, in spans of five minutes. */
  readonly spent: readonly Spent[];
}

/** Something that the token may not do, in the words of the forge's page for tokens, and what follows from it. */
export interface Lack {
  /** Such as `checks: read`. */
  readonly right: string;
  readonly follows: string;
  /** It is no right, but a name that the forge does not accept, such as that of a reviewer. */
  readonly isName?: boolean;
}

export interface Opening {
  readonly repository: ForgeRepository;
  /** `owner` is that of the repository that has the branch, for a fork. */
  readonly head: { readonly owner: string; readonly branch: string };
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
  readonly labels: readonly string[];
  readonly reviewers: readonly string[];
  readonly assignees: readonly string[];
}

/** Who asks: one pull request of a repository. */
export interface PullAt {
  readonly repository: ForgeRepository;
  readonly number: number;
}

export type Merge =
  | { readonly merge: 'merged'; readonly commit: string }
  /** The forge merges it later: ask again with `mergeStatus`. */
  | { readonly merge: 'pending'; readonly id: string }
  | { readonly merge: 'queued' }
  /** `moved`: the head is another one than the given. `refused`: a rule or a conflict; `message` is the forge's. */
  | { readonly merge: 'moved' | 'refused'; readonly message: string };

/** What was seen of a pull request in one round. */
export interface Seen {
  readonly at: PullAt;
  readonly pull: PullRequest;
  readonly items: readonly ReviewItem[];
  /** When the pull request was last thrown out of a merge queue; null if it never was. */
  readonly ejectedAt: Instant | null;
}

/**
 * One signed-in account at one host. Calls of different repositories go side by side; all of them count against one budget
 * of points. Faults of every call: `forge-away` (no answer, or the service fails), `forge-limited` (the budget or the
 * forge's limit is used up; `until` is in its facts), `forge-refused` (the token may not do this), `forge-gone` (there is no
 * such repository or pull request), `stopped`. Every write may be repeated after any fault: it looks whether its effect is
 * there already, and then answers as if it had just been carried out.
 */
export interface ForgeAccount {
  readonly host: string;
  readonly login: string;
  /** The name of the reference that gave the secret, such as `GH_TOKEN` or `gh auth token`. Never the secret. */
  readonly foundIn: string;
  /** What the token was found to lack so far. `probe` asks for each right once. */
  lacks(): readonly Lack[];
  points(): Points;
  /**
   * What other supervisors used, or this one before it was started anew, counts from now on. Of each span, the greater number
   * counts, so the same may be told again.
   */
  recall(spent: readonly Spent[]): void;
  readonly issues: ForgeIssues;
  /** The same account, all of whose calls end when the signal aborts. */
  within(signal: AbortSignal): ForgeAccount;
  probe(repository: ForgeRepository): Promise<readonly Lack[]>;
  repository(repository: ForgeRepository): Promise<ForgeRepositoryFacts>;
  /** All pull requests of the branch, newest first: found by head branch and repository, never by a search for words. */
  ofBranch(given: {
    readonly repository: ForgeRepository;
    readonly head: { readonly owner: string; readonly branch: string };
  }): Promise<readonly PullRequest[]>;
  /** Opens it, or answers with the open one of the same head and base. */
  open(opening: Opening): Promise<PullRequest>;
  /**
   * The state of many pull requests in as few requests as possible. Those that the forge does not have, or does not show to
   * the token, are left out: `repository` says why. A field that the token may not read never fails the others.
   */
  observe(pulls: readonly PullAt[]): Promise<readonly Seen[]>;
  checks(given: { readonly repository: ForgeRepository; readonly commit: string; readonly base: string }): Promise<Checks>;
  /** The end of a failed check's output, at most `limit` characters; null if the forge has none or the token may not read it. */
  checkLog(given: { readonly repository: ForgeRepository; readonly check: Check; readonly limit: number }): Promise<string | null>;
  rerun(given: { readonly repository: ForgeRepository; readonly checks: readonly Check[] }): Promise<void>;
  edit(
    given: PullAt & {
      readonly base?: string;
      readonly title?: string;
      readonly body?: string;
      readonly state?: 'open' | 'closed';
      readonly draft?: boolean;
    },
  ): Promise<void>;
  /**
   * Answers in the thread, or comments on the pull request where `thread` is null. Returns the comment's id: that of the
   * earlier comment if we said exactly this there already.
   */
  say(given: PullAt & { readonly thread: string | null; readonly text: string }): Promise<string>;
  resolve(given: PullAt & { readonly thread: string }): Promise<void>;
  /** Merges exactly this head. `queue`: the base has a merge queue, so it is put into it. */
  merge(given: PullAt & { readonly head: string; readonly method: MergeMethod; readonly title: string | null }): Promise<Merge>;
  mergeStatus(given: PullAt & { readonly id: string }): Promise<Merge>;
  /**
   * Deletes the branch if it is still at this commit, and no open pull request has it as its base (the forge would close
   * that one for good); false if it is not deleted. True as well if it is gone.
   */
  deleteBranch(given: { readonly repository: ForgeRepository; readonly branch: string; readonly commit: string }): Promise<boolean>;
}
