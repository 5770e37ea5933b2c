// What a forge says about a repository and its pull requests, as facts for the rules. Every text in it that people wrote
// (titles, reviews, names of checks) is data: nothing in it is obeyed.
import type { Instant } from '../time.ts';

/** Where a repository is: `github.com`, `acme`, `app`. The host may have a port. */
export interface ForgeRepository {
  readonly host: string;
  readonly owner: string;
  readonly name: string;
}

/** `github.com/acme/app`. */
export function repositoryName({ host, owner, name }: ForgeRepository): string {
  return `${host}/${owner}/${name}`;
}

export interface PullRequest {
  /** The forge's own id; it stays the same when the repository moves. */
  readonly id: string;
  readonly number: number;
  /** The page that people open. */
  readonly url: string;
  readonly state: 'open' | 'merged' | 'closed';
  readonly draft: boolean;
  readonly title: string;
  readonly body: string;
  readonly author: string | null;
  /** `repository`: `owner/name`; null if it was deleted. */
  readonly head: { readonly commit: string; readonly branch: string; readonly repository: string | null };
  readonly base: { readonly branch: string };
  /** Null while the forge is still computing it: nothing may be decided from that. */
  readonly mergeable: boolean | null;
  /** The base has commits that the head lacks, and its rules demand that the head has them. */
  readonly behind: boolean;
  /** The rules of the base are not fulfilled yet: an approval or a required check is missing. */
  readonly blocked: boolean;
  /** `none`: nobody was asked, and no review decides. */
  readonly review: 'none' | 'requested' | 'changes' | 'approved';
  readonly inQueue: boolean;
  /** The commit in the base by which it was merged. */
  readonly mergedCommit: string | null;
  /** Who merged or closed it; null while it is open, and if the forge does not say. */
  readonly endedBy: string | null;
  readonly updatedAt: Instant;
}

export interface Check {
  /** The forge's own id, with which its log is read and it is run again. */
  readonly id: string;
  readonly name: string;
  readonly state: 'pending' | 'green' | 'red';
  /** Whether the base's rules require it; null if that cannot be read. */
  readonly required: boolean | null;
  /** It failed in a way that looks like the machine's fault: it timed out, was cancelled, or could not start. */
  readonly byMachine: boolean;
  readonly canRerun: boolean;
  /** When it was begun, in whole seconds; null if the forge does not say. */
  readonly startedAt: Instant | null;
  readonly url: string | null;
}

/** `lacking`: the right that the token lacks, as people know it, such as `checks: read`. */
export type Checks = { readonly known: true; readonly checks: readonly Check[] } | { readonly known: false; readonly lacking: string };

/** Something that somebody said about a pull request. */
export interface ReviewItem {
  /** The forge's own id. */
  readonly id: string;
  /** A review as a whole, a comment of a thread about lines, or a comment on the pull request. */
  readonly kind: 'review' | 'thread' | 'comment';
  /** The thread's id, for a comment of a thread. */
  readonly thread: string | null;
  /** `association`: what the author may do in the repository, in the forge's word, such as MEMBER. */
  readonly author: { readonly login: string; readonly association: string; readonly bot: boolean };
  /** The commit it is about; null for a comment on the pull request. */
  readonly commit: string | null;
  readonly verdict: 'changes' | 'approved' | null;
  readonly place: { readonly path: string; readonly line: number | null } | null;
  readonly text: string;
  /** Its thread is resolved, or it was dismissed or hidden. */
  readonly closed: boolean;
  readonly url: string;
  readonly at: Instant;
}

/** What a repository allows, and how it merges. */
export interface ForgeRepositoryFacts {
  /** Where it is now: a repository may have moved. */
  readonly at: ForgeRepository;
  readonly defaultBranch: string;
  readonly methods: readonly MergeMethod[];
  readonly archived: boolean;
  readonly canPush: boolean;
  /** `owner/name` of the repository that this one is a fork of; null if it is none. */
  readonly parent: string | null;
  /** The text that people fill in for a new pull request; null if there is none. */
  readonly template: string | null;
}

export const mergeMethods = ['squash', 'merge', 'rebase'] as const;
export type MergeMethod = (typeof mergeMethods)[number];
