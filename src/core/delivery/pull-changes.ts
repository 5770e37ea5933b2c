// Changes of a pull request's record that belong to a worker's answer, and to what was observed: pure steps from one record to
// the next, beside those of `pull-effect.ts`.
import type { Instant } from '../time.ts';
import type { PullRequest } from './pull-facts.ts';
import { recordAfter } from './pull-effect.ts';
import type { AnswerKind } from './answer-kind.ts';
import type { PullPlan, PullRecord, OthersWords, StoredItem } from './pull-record.ts';

/** The record of a pull request that was opened, or that existed for the branch. `head`: the commit that we pushed. */
export function opened(given: {
  readonly plan: PullPlan;
  readonly pull: PullRequest;
  readonly head: string;
  readonly at: Instant;
}): PullRecord {
  const { plan, pull, head, at } = given;
  return {
    ...plan,
    seen: pull,
    observedAt: at,
    checks: null,
    ejectedAt: null,
    head: { commit: head, by: 'us', at },
    before: [],
    personsHead: null,
    pushing: null,
    rounds: { checks: 0, review: 0, conflict: 0 },
    checksGivenFor: null,
    reran: [],
    reranAt: null,
    updated: null,
    conflictGivenFor: null,
    mergeAsked: null,
    merging: null,
    mergeRefused: null,
    lineHead: null,
    verified: null,
    branchDeleted: false,
    answer: null,
    items: [],
    fresh: [],
    stands: null,
    finished: false,
  };
}

/** `items`: the stored items after the observation. `checks`: null if they were not asked for. */
export function observed(
  record: PullRecord,
  given: {
    readonly pull: PullRequest;
    readonly items: readonly StoredItem[];
    readonly fresh: readonly string[];
    readonly others: readonly OthersWords[];
    readonly ejectedAt: Instant | null;
    readonly checks: PullRecord['checks'];
    readonly at: Instant;
  },
): PullRecord {
  const { pull, at, checks, ...rest } = given;
  return { ...record, ...rest, seen: pull, checks: checks ?? record.checks, observedAt: at };
}

/** Our update arrived: it keeps its place in the line for the merge. */
export function updatePushed(record: PullRecord, given: { readonly commit: string; readonly at: Instant }): PullRecord {
  const { commit, at } = given;
  const after = recordAfter({ record, effect: { did: 'pushed', commit, by: 'update' }, at });
  return { ...after, lineHead: commit, pushing: null };
}

/**
 * The update that the forge shows as the head, but that no record calls ours yet: its supervisor died after the push. Null:
 * there is none.
 */
export function unrecordedPush({ pushing, head, seen }: PullRecord): PullRecord['pushing'] {
  return pushing !== null && pushing.commit === seen.head.commit && pushing.commit !== head.commit ? pushing : null;
}

/** A worker is to answer: one more round of its kind is used up, and what it is given is never given again. */
export function askedOf(
  record: PullRecord,
  given: { readonly kind: AnswerKind; readonly feedback: string; readonly items: readonly string[]; readonly at: Instant },
): PullRecord {
  const { kind, items, at } = given;
  return {
    ...recordAfter({ record, effect: { did: 'gave', kind }, at }),
    answer: { ...given, head: record.seen.head.commit },
    fresh: record.fresh.filter((id) => !items.includes(id)),
    items: record.items.map((item) => (items.includes(item.id) ? { ...item, state: 'given' } : item)),
  };
}

/**
 * The worker did its part. `commit`: what it delivered; null: it found that nothing had to be changed. A worker of a task that
 * was cancelled and retried delivers to the same pull request, without anything to answer.
 */
export function answered(record: PullRecord, given: { readonly commit: string | null; readonly at: Instant }): PullRecord {
  const { commit, at } = given;
  const about = record.answer?.items ?? [];
  const items = record.items.map((item) => (about.includes(item.id) ? { ...item, state: 'done' as const } : item));
  const after = { ...record, answer: null, items };
  return commit === null ? after : recordAfter({ record: after, effect: { did: 'pushed', commit, by: 'worker' }, at });
}

/** The worker failed for good: what it was given stays given, and people see it. */
export function unanswered(record: PullRecord): PullRecord {
  return { ...record, answer: null };
}

/** We answered these items at the forge. */
export function saidOn(record: PullRecord, ids: readonly string[]): PullRecord {
  return { ...record, items: record.items.map((item) => (ids.includes(item.id) ? { ...item, state: 'answered' as const } : item)) };
}

/** A person tries it again: what failed after the merge is forgotten, and rounds begin anew. */
export function triedAgain(record: PullRecord): PullPlan | PullRecord {
  const { forge, repository, seen } = record;
  // A closed pull request stays closed: another one is opened for the branch.
  if (seen.state === 'closed') return { forge, repository, seen: null };
  return { ...recordAfter({ record, effect: { did: 'renewed' }, at: record.observedAt }), verified: null, mergeRefused: null };
}
