// Where a pull request stands, as a code and its facts. The texts are made in `pull-standing-words.ts`.
import type { ReasonFrom } from '../reason/reason-from.ts';
import type { Instant } from '../time.ts';
import type { AnswerKind } from './answer-kind.ts';

type None = Readonly<Record<string, never>>;

export interface PullStandingFacts {
  /** The forge has not shown our last push yet, or is computing whether it can be merged. */
  readonly 'forge-computes': None;
  /** A person pushed to the branch: their commits are fetched and built upon. */
  readonly 'head-of-person': { readonly head: string };
  readonly 'checks-running': { readonly names: readonly string[] };
  readonly 'checks-rerun': { readonly names: readonly string[] };
  readonly 'checks-failed': { readonly names: readonly string[]; readonly rounds: Rounds };
  /** The token may not read the checks. */
  readonly 'checks-unknown': { readonly lacking: string };
  readonly 'changes-requested': { readonly items: number; readonly rounds: Rounds };
  readonly conflict: { readonly base: string; readonly rounds: Rounds };
  readonly behind: { readonly base: string };
  /** Git or the remote does not allow that its branch is brought up to date. */
  readonly 'update-refused': { readonly message: string };
  readonly draft: None;
  /** Its base is the branch of another task, which is merged first. `lower`: that one; absent in older rows, where it is open. */
  readonly stacked: { readonly on: string; readonly lower?: 'open' | 'closed' | 'gone' };
  readonly retargeting: { readonly base: string };
  /** Another pull request of the same base is merged first. */
  readonly 'in-line': { readonly base: string };
  readonly 'in-queue': None;
  readonly ejected: { readonly at: Instant };
  readonly merging: None;
  readonly 'merge-refused': { readonly message: string };
  /** Everything is fulfilled, and a person merges it. */
  readonly 'ready-to-merge': None;
  /** The rules of the base ask for a review, or somebody was asked for one. */
  readonly 'waiting-for-people': None;
  readonly merged: { readonly commit: string | null };
  readonly verifying: { readonly commit: string };
  readonly 'verify-failed': { readonly command: string; readonly output: string };
  readonly closed: { readonly by: string | null };
}

/** `used` of `most` rounds of a worker. */
export interface Rounds {
  readonly kind: AnswerKind;
  readonly used: number;
  readonly most: number;
}

export type PullStanding = ReasonFrom<PullStandingFacts>;
