// The changes of a pull request's record, each as a pure step from one record to the next. The supervisor stores a step before
// or together with the effect that must not happen twice.
import type { Instant } from '../time.ts';
import type { Checks, PullRequest } from './pull-facts.ts';
import type { AnswerKind, PullPlan, PullRecord, StoredItem, Verification } from './pull-record.ts';

/** So many earlier heads are remembered: the forge may show one of them for a while after a push. */
const mostBefore = 20;

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
    rounds: { checks: 0, review: 0, conflict: 0 },
    checksGivenFor: null,
    reran: [],
    conflictOf: null,
    mergeAsked: null,
    merging: null,
    mergeRefused: null,
    lineHead: null,
    verified: null,
    branchDeleted: false,
    answer: null,
    items: [],
    finished: false,
  };
}

/** `items`: the stored items after the observation. */
export function observed(
  record: PullRecord,
  given: {
    readonly pull: PullRequest;
    readonly items: readonly StoredItem[];
    readonly ejectedAt: Instant | null;
    readonly checks: PullRecord['checks'];
    readonly at: Instant;
  },
): PullRecord {
  const { pull, items, ejectedAt, checks, at } = given;
  return { ...record, seen: pull, items, ejectedAt, checks: checks ?? record.checks, observedAt: at };
}

export function withChecks(record: PullRecord, given: { readonly of: string; readonly are: Checks }): PullRecord {
  return { ...record, checks: given };
}

/** The branch has another head, which we pushed, or took over from a person. */
export function moved(record: PullRecord, given: { readonly commit: string; readonly by: 'us' | 'person'; readonly at: Instant }): PullRecord {
  if (given.commit === record.head.commit) return record;
  return { ...record, head: given, before: [...record.before, record.head.commit].slice(-mostBefore) };
}

/** A worker is to answer: one more round of its kind is used up, and what it is given is never given again. */
export function asked(
  record: PullRecord,
  given: { readonly kind: AnswerKind; readonly feedback: string; readonly items: readonly string[]; readonly at: Instant },
): PullRecord {
  const { kind, items } = given;
  const head = record.seen.head.commit;
  return {
    ...record,
    answer: { ...given, head },
    rounds: { ...record.rounds, [kind]: record.rounds[kind] + 1 },
    checksGivenFor: kind === 'checks' ? head : record.checksGivenFor,
    items: record.items.map((item) => (items.includes(item.id) ? { ...item, state: 'given' } : item)),
  };
}

/** The worker did its part. `commit`: what it delivered; null: it found that nothing had to be changed. */
export function answered(record: PullRecord, given: { readonly commit: string | null; readonly at: Instant }): PullRecord {
  const { answer } = record;
  if (answer === null) return record;
  const { commit, at } = given;
  const items = record.items.map((item) => (answer.items.includes(item.id) ? { ...item, state: 'done' as const } : item));
  const after = { ...record, answer: null, items };
  return commit === null ? after : moved(after, { commit, by: 'us', at });
}

/** The worker failed for good: what it was given stays given, and people see it. */
export function unanswered(record: PullRecord): PullRecord {
  return { ...record, answer: null };
}

/** We answered these items at the forge. */
export function saidOn(record: PullRecord, ids: readonly string[]): PullRecord {
  return { ...record, items: record.items.map((item) => (ids.includes(item.id) ? { ...item, state: 'answered' as const } : item)) };
}

export function verifiedAs(record: PullRecord, verified: Verification): PullRecord {
  return { ...record, verified };
}

/** A person tries it again: what failed after the merge is forgotten, and rounds begin anew. */
export function triedAgain(record: PullRecord): PullPlan | PullRecord {
  const { forge, repository, seen } = record;
  // A closed pull request stays closed: another one is opened for the branch.
  if (seen.state === 'closed') return { forge, repository, seen: null };
  return { ...record, verified: null, mergeRefused: null, rounds: { checks: 0, review: 0, conflict: 0 }, checksGivenFor: null };
}
