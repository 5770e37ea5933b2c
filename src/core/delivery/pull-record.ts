// The record of a task's pull request: what was last seen of it, what we did about it, and what a person asked for. It is
// stored with the task's delivery. Everything that must not happen twice (a rerun, a round of a worker, an answer, a notice)
// is recorded here before or with its effect.
import type { Instant } from '../time.ts';
import type { AnswerKind } from './answer-kind.ts';
import type { Checks, ForgeRepository, PullRequest } from './pull-facts.ts';
import type { StackedOn } from './stacked-on.ts';
import type { PullStanding } from './pull-standing.ts';

/** A pull request that is to be opened: the forge was not asked yet, or did not answer. */
export interface PullPlan {
  readonly forge: string;
  readonly repository: ForgeRepository;
  readonly seen: null;
}

export interface PullRecord {
  readonly forge: string;
  readonly repository: ForgeRepository;
  readonly seen: PullRequest;
  readonly observedAt: Instant;
  /** Null until they were asked for, for this head. */
  readonly checks: { readonly of: string; readonly are: Checks } | null;
  /** When the pull request was last thrown out of a merge queue, by the forge's clock and in whole seconds. */
  readonly ejectedAt: Instant | null;
  /**
   * The last time that we put it into a queue, with the ejection that was known then; `head` is null once a person asked for
   * its merge after that. A record of an older version has none.
   */
  readonly queued?: { readonly head: string | null; readonly ejectedAt: Instant | null };
  /** The head as we know it, and whose it is. A head of the forge's that is neither this nor one of `before` is a person's. */
  readonly head: { readonly commit: string; readonly by: 'us' | 'person'; readonly at: Instant };
  /** Heads that we knew earlier: the forge may show one of them for a while after a push. */
  readonly before: readonly string[];
  /** The last head that a person pushed: the branch is never rewritten from then on. Null if nobody did. */
  readonly personsHead: string | null;
  /**
   * An update of ours, recorded before it is pushed: a head that the forge shows is known as ours even if the supervisor died
   * after its push. `base`: the commit of the base that it is up to date with. `stackedOn`: on what its own commits build then;
   * absent in older rows.
   */
  readonly pushing: { readonly commit: string; readonly base: string; readonly stackedOn?: StackedOn | null } | null;
  /** Rounds of workers that were begun. */
  readonly rounds: Readonly<Record<AnswerKind, number>>;
  /** The head for which a worker was given the failed checks; null: none. */
  readonly checksGivenFor: string | null;
  /**
   * `<head> <name>` of the checks that are to run again, recorded before the forge is told; a second time if nothing came of
   * the first.
   */
  readonly reran: readonly string[];
  /** When that was recorded last. */
  readonly reranAt: Instant | null;
  /**
   * Our last update that pushed nothing, and the `<head> <base's commit>` that it was made for; null: none. `refused`: git or
   * the remote does not allow it, which is no conflict; the message says why.
   */
  readonly updated:
    | { readonly of: string; readonly ended: 'conflict' | 'unchanged' }
    | { readonly of: string; readonly ended: 'refused'; readonly message: string }
    | null;
  /** The `<head> <base's commit>` whose conflict a worker was given; null: none. */
  readonly conflictGivenFor: string | null;
  /**
   * A person asked for the merge of this head, and saw what had been said about it until then. `head` is null if they asked
   * for the merge of whatever head of ours it has then, as long as nobody asks for changes.
   */
  readonly mergeAsked: { readonly head: string | null; readonly at: Instant } | null;
  /** A merge that the forge carries out later. */
  readonly merging: { readonly id: string; readonly head: string; readonly at: Instant } | null;
  /** When the forge refused to merge this head, or showed another one to the merge, and its message. */
  readonly mergeRefused: { readonly head: string; readonly message: string; readonly at: Instant } | null;
  /** The head that our update made for the merge, while its checks run: it keeps its place in the line. */
  readonly lineHead: string | null;
  readonly verified: Verification | null;
  /** True as well if it was left because somebody moved it. */
  readonly branchDeleted: boolean;
  /** The work that a worker is to do, or does, on it; null: none. */
  readonly answer: Answer | null;
  /** What people and bots said, by the forge's ids. */
  readonly items: readonly StoredItem[];
  /** Ids of those that a worker may be given now. */
  readonly fresh: readonly string[];
  /** What a person should read, because no worker hears it. A record of an older version has none. */
  readonly others?: readonly OthersWords[];
  /** Where it stood at the end of the last round, and what is waited for; null: it was in no round yet. */
  readonly stands: PullStands | null;
  /** Nothing is left to do: the task may be finished. */
  readonly finished: boolean;
}

/**
 * `waitsFor`: null if a step follows by itself. `needsPerson`: nothing moves it on before a person does something. `asked`: when
 * the wish to merge was asked for that was known when this was decided; absent if there was none.
 */
export interface PullStands {
  readonly why: PullStanding;
  readonly waitsFor: 'checks' | 'forge' | 'people' | 'line' | null;
  readonly needsPerson: boolean;
  readonly asked?: Instant;
}

export interface Answer {
  readonly kind: AnswerKind;
  /** The head that it is about. */
  readonly head: string;
  /** What the worker is told. */
  readonly feedback: string;
  /** Ids of the review items among it. */
  readonly items: readonly string[];
  readonly at: Instant;
}

export interface StoredItem {
  readonly id: string;
  readonly thread: string | null;
  readonly commit: string | null;
  readonly author: string;
  /** The author is a bot that the configuration lists: we may resolve its thread. */
  readonly bot: boolean;
  readonly state: ItemState;
}

/** `text`: the beginning of what somebody wrote. It is data, and reaches no worker. */
export interface OthersWords {
  readonly author: string;
  readonly text: string;
  readonly url: string;
  readonly at: Instant;
}

/** `output`: the end of what the failed command printed. */
export interface Verification {
  readonly commit: string;
  readonly at: Instant;
  readonly failed: { readonly command: string; readonly output: string } | null;
}

/** What `PullRecord.updated` and `PullRecord.conflictGivenFor` say that they are about. */
export function headAndBase({ head, base }: { readonly head: string; readonly base: string }): string {
  return `${head} ${base}`;
}

/** An entry of `PullRecord.reran`. */
export function rerunKey({ head, name }: { readonly head: string; readonly name: string }): string {
  return `${head} ${name}`;
}

/**
 * `seen` until a worker is given it; `done` when that worker has dealt with it; `answered` once we answered it at the forge.
 * One that stays `given` has no answer, and a person decides: they merge all the same, or let a worker try again, or resolve
 * its thread, which makes it `closed` for as long as it is resolved. `shown`: people see it, and no worker ever does.
 */
export type ItemState = 'seen' | 'given' | 'done' | 'answered' | 'shown' | 'closed';
