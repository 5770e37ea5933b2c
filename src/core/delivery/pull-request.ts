// What happens to a pull request next: one ladder of rules over facts, which always has an answer. What people see of a pull
// request and what the supervisor does come from the same answer. Three things never happen, whatever the facts are: a head
// is merged that we do not know, or whose checks are not green; a worker is given the same thing twice; a commit that a
// person pushed is overwritten.
import { minute, second, type Instant } from '../time.ts';
import type { Check, MergeMethod } from './pull-facts.ts';
import type { AnswerKind, PullRecord } from './pull-record.ts';
import type { PullStanding, Rounds } from './pull-standing.ts';

export interface PullPolicy {
  /** Who decides that it is merged: a person, whoever approves it, or its checks. */
  readonly merge: 'never' | 'approved' | 'green';
  readonly method: MergeMethod;
  readonly deleteBranch: boolean;
  /** The most rounds of a worker, by kind. */
  readonly rounds: Readonly<Record<AnswerKind, number>>;
  /** Whether commands are configured that check what was merged. */
  readonly verifies: boolean;
}

export interface PullFacts {
  readonly record: PullRecord;
  readonly policy: PullPolicy;
  /** Ids of review items that a worker may be given and was not given yet. */
  readonly fresh: readonly string[];
  /** The task whose branch is its base, and the branch that this one should have as its base by now; null: no stack. */
  readonly below: { readonly task: string; readonly base: string } | null;
  /** The branches of other pull requests that have this one's branch as their base. */
  readonly above: readonly string[];
  /** No other pull request of the same base is being merged, or comes before it. */
  readonly isFirst: boolean;
  /** The present commit of its base; null if unknown. */
  readonly baseCommit: string | null;
  readonly now: Instant;
}

export type PullStep = { readonly why: PullStanding } & (
  | { readonly do: 'wait'; readonly for: 'checks' | 'forge' | 'people' | 'line' }
  /** Fetches a person's head, so that the work is continued on top of it. */
  | { readonly do: 'adopt'; readonly head: string }
  | { readonly do: 'rerun'; readonly checks: readonly Check[] }
  /** Lets a worker work on it. */
  | { readonly do: 'answer'; readonly kind: AnswerKind; readonly checks: readonly Check[]; readonly items: readonly string[] }
  /** Brings the branch up to date with its base: by us, not by a worker. */
  | { readonly do: 'update' }
  | { readonly do: 'retarget'; readonly base: string }
  | { readonly do: 'merge'; readonly head: string; readonly method: MergeMethod }
  | { readonly do: 'ask-merge'; readonly id: string }
  | { readonly do: 'delete-branch'; readonly commit: string }
  | { readonly do: 'verify'; readonly commit: string }
  | { readonly do: 'finish' }
  | { readonly do: 'block' }
);

/** The forge may need this long to show a push (37 s were seen). */
const showsPushWithin = 2 * minute;
/** Checks may appear this long after a push: until then, none is not the same as green. */
const checksAppearWithin = 60 * second;

export function nextStep(facts: PullFacts): PullStep {
  const { seen } = facts.record;
  if (seen.state === 'merged') return afterMerge(facts);
  if (seen.state === 'closed') return { do: 'block', why: { code: 'closed', facts: { by: seen.endedBy } } };
  return (
    ofHead(facts) ??
    ofStack(facts) ??
    ofMerging(facts) ??
    ofConflict(facts) ??
    ofReviews(facts) ??
    ofChecks(facts) ??
    ofChanges(facts) ??
    ofMerge(facts) ??
    ofPeople(facts)
  );
}

function afterMerge({ record, policy, above }: PullFacts): PullStep {
  const { seen, verified } = record;
  const commit = seen.mergedCommit;
  if (policy.verifies && commit !== null) {
    if (verified === null) return { do: 'verify', commit, why: { code: 'verifying', facts: { commit } } };
    const { failed } = verified;
    if (failed !== null) return { do: 'block', why: { code: 'verify-failed', facts: failed } };
  }
  const why = { code: 'merged', facts: { commit } } as const;
  // Deleting the base of another pull request would close that one for good.
  if (policy.deleteBranch && !record.branchDeleted && above.length === 0) return { do: 'delete-branch', commit: seen.head.commit, why };
  return { do: 'finish', why };
}

/** A head that we do not know is a person's, unless the forge only has not shown our last push yet. */
function ofHead({ record, now }: PullFacts): PullStep | null {
  const { seen, head, before } = record;
  if (seen.head.commit === head.commit) return null;
  if (before.includes(seen.head.commit) && now - head.at < showsPushWithin) return waitForForge;
  return { do: 'adopt', head: seen.head.commit, why: { code: 'head-of-person', facts: { head: seen.head.commit } } };
}

function ofStack({ record, below }: PullFacts): PullStep | null {
  if (below === null || below.base === record.seen.base.branch) return null;
  return { do: 'retarget', base: below.base, why: { code: 'retargeting', facts: { base: below.base } } };
}

function ofMerging({ record }: PullFacts): PullStep | null {
  const { merging, seen } = record;
  if (merging !== null && merging.head === seen.head.commit)
    return { do: 'ask-merge', id: merging.id, why: { code: 'merging', facts: {} } };
  return seen.inQueue ? { do: 'wait', for: 'forge', why: { code: 'in-queue', facts: {} } } : null;
}

function ofConflict(facts: PullFacts): PullStep | null {
  const { record, baseCommit } = facts;
  const { seen } = record;
  if (seen.mergeable !== false) return null;
  const rounds = roundsOf(facts, 'conflict');
  const why = { code: 'conflict', facts: { base: seen.base.branch, rounds } } as const;
  // Most conflicts of the forge's are conflicts of ours, but not those of a squashed base: our own update is tried first.
  if (record.conflictOf !== `${seen.head.commit} ${baseCommit}`) return { do: 'update', why };
  if (rounds.used < rounds.most) return { do: 'answer', kind: 'conflict', checks: [], items: [], why };
  return { do: 'wait', for: 'people', why };
}

function ofReviews(facts: PullFacts): PullStep | null {
  const { fresh } = facts;
  const rounds = roundsOf(facts, 'review');
  if (fresh.length === 0 || rounds.used >= rounds.most) return null;
  const why = { code: 'changes-requested', facts: { items: fresh.length, rounds } } as const;
  return { do: 'answer', kind: 'review', checks: [], items: fresh, why };
}

function ofChecks(facts: PullFacts): PullStep | null {
  const { record } = facts;
  const checks = counted(facts);
  if (checks === null) return waitForForge;
  if (!Array.isArray(checks)) return null;
  const pending = named(checks, 'pending');
  // A worker is given all failures together, so the other checks are waited for.
  if (pending.length > 0) return { do: 'wait', for: 'checks', why: { code: 'checks-running', facts: { names: pending } } };
  const red = checks.filter(({ state }) => state === 'red');
  if (red.length === 0) return null;
  const again = red.filter((check) => check.byMachine && check.canRerun && !record.reran.includes(rerunKey(record, check)));
  if (again.length === red.length)
    return { do: 'rerun', checks: again, why: { code: 'checks-rerun', facts: { names: named(again, 'red') } } };
  const rounds = roundsOf(facts, 'checks');
  const why = { code: 'checks-failed', facts: { names: named(red, 'red'), rounds } } as const;
  if (record.checksGivenFor !== record.seen.head.commit && rounds.used < rounds.most)
    return { do: 'answer', kind: 'checks', checks: red, items: [], why };
  return { do: 'wait', for: 'people', why };
}

/** Whoever asked for changes has to look again, or no round is left for what they said. */
function ofChanges(facts: PullFacts): PullStep | null {
  const { record, fresh } = facts;
  if (fresh.length === 0 && record.seen.review !== 'changes') return null;
  const why = { code: 'changes-requested', facts: { items: fresh.length, rounds: roundsOf(facts, 'review') } } as const;
  return { do: 'wait', for: 'people', why };
}

function ofMerge(facts: PullFacts): PullStep | null {
  const { record, policy, isFirst, now, below } = facts;
  const { seen, mergeRefused, ejectedAt } = record;
  const head = seen.head.commit;
  const asked = isAsked(record);
  if (!asked && !isWantedByPolicy(facts)) return null;
  if (seen.draft) return { do: 'wait', for: 'people', why: { code: 'draft', facts: {} } };
  if (below !== null) return { do: 'wait', for: 'line', why: { code: 'stacked', facts: { on: below.task } } };
  const checks = counted(facts);
  if (!Array.isArray(checks) && !asked) return unknownChecks(facts);
  if (seen.mergeable === null) return waitForForge;
  if (checks !== null && Array.isArray(checks) && checks.length === 0 && now - record.head.at < checksAppearWithin) return waitForForge;
  if (!isFirst) return { do: 'wait', for: 'line', why: { code: 'in-line', facts: { base: seen.base.branch } } };
  if (seen.behind) return { do: 'update', why: { code: 'behind', facts: { base: seen.base.branch } } };
  const askedAt = record.mergeAsked?.at ?? -Infinity;
  if (mergeRefused !== null && mergeRefused.head === head && mergeRefused.at >= askedAt)
    return { do: 'wait', for: 'people', why: { code: 'merge-refused', facts: { message: mergeRefused.message } } };
  if (ejectedAt !== null && ejectedAt >= record.head.at && ejectedAt >= askedAt)
    return { do: 'wait', for: 'people', why: { code: 'ejected', facts: { at: ejectedAt } } };
  if (seen.blocked) return { do: 'wait', for: 'people', why: { code: 'waiting-for-people', facts: {} } };
  return { do: 'merge', head, method: policy.method, why: { code: 'merging', facts: {} } };
}

function ofPeople(facts: PullFacts): PullStep {
  const { seen } = facts.record;
  const wait = { do: 'wait', for: 'people' } as const;
  if (seen.draft) return { ...wait, why: { code: 'draft', facts: {} } };
  if (facts.below !== null) return { do: 'wait', for: 'line', why: { code: 'stacked', facts: { on: facts.below.task } } };
  if (seen.review === 'requested' || seen.blocked) return { ...wait, why: { code: 'waiting-for-people', facts: {} } };
  return Array.isArray(counted(facts)) ? { ...wait, why: { code: 'ready-to-merge', facts: {} } } : unknownChecks(facts);
}

/** A person's word holds for the head that they saw. */
function isAsked({ mergeAsked, seen }: PullRecord): boolean {
  return mergeAsked !== null && (mergeAsked.head === 'any' || mergeAsked.head === seen.head.commit);
}

/** What a person pushed, only a person merges: whoever asked for our policy did not see those commits. */
function isWantedByPolicy({ record, policy }: PullFacts): boolean {
  if (record.head.by === 'person' || policy.merge === 'never') return false;
  return policy.merge === 'green' ? record.seen.review !== 'requested' : record.seen.review === 'approved';
}

/**
 * The checks that decide: those that the base's rules require, or all if it requires none. Null: they were not asked for
 * this head yet; otherwise the right that the token lacks.
 */
function counted({ record }: PullFacts): readonly Check[] | { readonly lacking: string } | null {
  const { checks, seen } = record;
  if (checks === null || checks.of !== seen.head.commit) return null;
  if (!checks.are.known) return { lacking: checks.are.lacking };
  const required = checks.are.checks.filter((check) => check.required === true);
  return required.length > 0 ? required : checks.are.checks;
}

function unknownChecks(facts: PullFacts): PullStep {
  const checks = counted(facts);
  if (checks === null || !('lacking' in checks)) return waitForForge;
  return { do: 'wait', for: 'people', why: { code: 'checks-unknown', facts: { lacking: checks.lacking } } };
}

/** The entry in `PullRecord.reran`. */
export function rerunKey(record: PullRecord, check: Pick<Check, 'name'>): string {
  return `${record.seen.head.commit} ${check.name}`;
}

function named(checks: readonly Check[], state: Check['state']): readonly string[] {
  return checks.filter((check) => check.state === state).map(({ name }) => name);
}

function roundsOf({ record, policy }: PullFacts, kind: AnswerKind): Rounds {
  return { kind, used: record.rounds[kind], most: policy.rounds[kind] };
}

const waitForForge: PullStep = { do: 'wait', for: 'forge', why: { code: 'forge-computes', facts: {} } };
