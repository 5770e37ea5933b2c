// What happens to a pull request next: one ladder of rules over facts, which always has an answer. What people see of a pull
// request and what the supervisor does come from the same answer. Three things never happen, whatever the facts are: a head
// is merged that we do not know, or whose checks are known and not green; a worker is given the same thing twice; a commit
// that a person pushed is overwritten. Facts are judged as of the time at which the forge was last asked (`observedAt`), not
// as of now: if the forge was away since then, nothing follows from the time that has passed.
import { minute, second, type Duration, type Instant } from '../time.ts';
import type { Check, Checks, MergeMethod } from './pull-facts.ts';
import type { AnswerKind } from './answer-kind.ts';
import { headAndBase, rerunKey, type PullRecord } from './pull-record.ts';
import type { PullStanding, Rounds } from './pull-standing.ts';
import type { StackedOn } from './stacked-on.ts';
import type { Below } from './stack.ts';

export interface PullPolicy {
  /** Who decides that it is merged: a person, whoever approves it, or its checks. */
  readonly merge: 'never' | 'approved' | 'green';
  readonly method: MergeMethod;
  /** How we bring a branch of ours up to date with its base. */
  readonly update: UpdateMethod;
  readonly deleteBranch: boolean;
  /** The most rounds of a worker, by kind. */
  readonly rounds: Readonly<Record<AnswerKind, number>>;
  /** Whether commands are configured that check what was merged. */
  readonly verifies: boolean;
}

export type UpdateMethod = 'rebase' | 'merge';

export interface PullFacts {
  readonly record: PullRecord;
  readonly policy: PullPolicy;
  /** Ids of review items that a worker may be given and was not given yet. */
  readonly fresh: readonly string[];
  /** The task that it is stacked on; null: none, or its own commits are on its final base. */
  readonly below: Below | null;
  /** The branches of other pull requests of ours that have this one's branch as their base. */
  readonly above: readonly string[];
  /** No other pull request of the same base is being merged, or comes before it. */
  readonly isFirst: boolean;
  /** The present commit of its base; null if unknown. */
  readonly baseCommit: string | null;
}

export type PullStep = { readonly why: PullStanding } & (
  | { readonly do: 'wait'; readonly for: 'checks' | 'forge' | 'people' | 'line' }
  /** Fetches a person's head, so that the work is continued on top of it. */
  | { readonly do: 'adopt'; readonly head: string }
  | { readonly do: 'rerun'; readonly checks: readonly Check[] }
  /** Lets a worker work on it. */
  | { readonly do: 'answer'; readonly kind: AnswerKind; readonly checks: readonly Check[]; readonly items: readonly string[] }
  /** Brings the branch up to date with its base: by us, not by a worker. */
  | { readonly do: 'update'; readonly how: UpdateMethod }
  /** Gives it another base. Its own commits are moved onto that next, without those of the branch that it builds on. */
  | { readonly do: 'retarget'; readonly base: string; readonly on: StackedOn }
  | { readonly do: 'merge'; readonly head: string; readonly method: MergeMethod }
  /** Asks what became of a merge that the forge carries out later. */
  | { readonly do: 'ask-merge'; readonly id: string }
  | { readonly do: 'delete-branch'; readonly commit: string }
  | { readonly do: 'verify'; readonly commit: string }
  | { readonly do: 'finish' }
  | { readonly do: 'block' }
);

/** Nothing goes on before a person does something. */
export function needsPerson(step: PullStep): boolean {
  return step.do === 'block' || (step.do === 'wait' && step.for === 'people');
}

/** The forge may need this long to show a push (37 s were seen). */
const showsPushWithin: Duration = 2 * minute;
/** Checks may appear this long after a push, some of them late: until then, those that are there do not decide. */
const checksAppearWithin: Duration = 60 * second;
/** A check that was told to run again may be shown as failed this long. */
const showsRerunWithin: Duration = 2 * minute;

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
    ofLower(facts) ??
    ofForge(facts) ??
    ofMerge(facts) ??
    ofPeople(facts)
  );
}

function afterMerge({ record, policy, above }: PullFacts): PullStep {
  const { seen, verified } = record;
  const commit = seen.mergedCommit;
  if (policy.verifies) {
    if (commit === null) return waitForForge;
    if (verified === null) return { do: 'verify', commit, why: { code: 'verifying', facts: { commit } } };
    const { failed } = verified;
    if (failed !== null) return { do: 'block', why: { code: 'verify-failed', facts: failed } };
  }
  const why = { code: 'merged', facts: { commit } } as const;
  // Those that build on it find their new base by this one, and deleting the base of a pull request would close it for good.
  if (above.length > 0) return { do: 'wait', for: 'line', why };
  return policy.deleteBranch && !record.branchDeleted ? { do: 'delete-branch', commit: seen.head.commit, why } : { do: 'finish', why };
}

/** A head that we do not know is a person's, unless the forge only has not shown our last push yet. */
function ofHead({ record }: PullFacts): PullStep | null {
  const { seen, head, before } = record;
  const shown = seen.head.commit;
  if (shown === head.commit) return null;
  if (before.includes(shown) && record.observedAt - head.at < showsPushWithin) return waitForForge;
  return { do: 'adopt', head: shown, why: { code: 'head-of-person', facts: { head: shown } } };
}

function ofStack(facts: PullFacts): PullStep | null {
  const { record, below } = facts;
  if (below === null) return null;
  const { task, base, is, hasMoved } = below;
  const { branch } = record.seen.base;
  const why = { code: 'retargeting', facts: { base } } as const;
  if (base !== branch) return { do: 'retarget', base, on: { task, branch }, why };
  // The lower one's commits may be squashed on the base, or not wanted there.
  if (is === 'over') return update(facts, why);
  return hasMoved && is === 'open' ? update(facts, behind(facts)) : null;
}

function ofMerging({ record }: PullFacts): PullStep | null {
  const { merging, seen } = record;
  if (merging !== null && merging.head === seen.head.commit)
    return { do: 'ask-merge', id: merging.id, why: { code: 'merging', facts: {} } };
  return seen.inQueue ? { do: 'wait', for: 'forge', why: { code: 'in-queue', facts: {} } } : null;
}

function ofConflict(facts: PullFacts): PullStep | null {
  // Our own update is tried first: what the forge calls a conflict may be none for a rebase that leaves out squashed commits.
  return facts.record.seen.mergeable === false ? update(facts, conflict(facts)) : null;
}

/** Somebody who asked for the merge of exactly this head saw what was said about it. */
function ofReviews(facts: PullFacts): PullStep | null {
  const { fresh, record } = facts;
  const rounds = roundsOf(facts, 'review');
  if (fresh.length === 0 || rounds.used >= rounds.most || isAsked(record) === 'this') return null;
  const why = { code: 'changes-requested', facts: { items: fresh.length, rounds } } as const;
  return { do: 'answer', kind: 'review', checks: [], items: fresh, why };
}

function ofChecks(facts: PullFacts): PullStep | null {
  const { record } = facts;
  const head = record.seen.head.commit;
  const counts = counted(facts);
  if (counts === null) return waitForForge;
  if (!counts.known) return null;
  const pending = named(counts.checks, 'pending');
  // A worker is given all failures together, so the other checks are waited for.
  if (pending.length > 0) return { do: 'wait', for: 'checks', why: { code: 'checks-running', facts: { names: pending } } };
  const red = counts.checks.filter(({ state }) => state === 'red');
  if (red.length === 0) return null;
  const reran = red.filter(({ name }) => record.reran.includes(rerunKey({ head, name })));
  const again = { code: 'checks-rerun', facts: { names: named(red, 'red') } } as const;
  if (reran.length === 0 && red.every(({ byMachine, canRerun }) => byMachine && canRerun)) return { do: 'rerun', checks: red, why: again };
  const isShown = record.reranAt === null || record.observedAt - record.reranAt >= showsRerunWithin;
  if (reran.length > 0 && !isShown) return { do: 'wait', for: 'checks', why: again };
  // A supervisor that died before it told the forge, or a request that was lost, costs the check one more request.
  const lost = reran.filter((check) => isLost({ record, check }));
  if (lost.length > 0 && red.every(({ byMachine, canRerun }) => byMachine && canRerun)) return { do: 'rerun', checks: lost, why: again };
  const rounds = roundsOf(facts, 'checks');
  const why = { code: 'checks-failed', facts: { names: named(red, 'red'), rounds } } as const;
  if (record.checksGivenFor !== head && rounds.used < rounds.most) return { do: 'answer', kind: 'checks', checks: red, items: [], why };
  return { do: 'wait', for: 'people', why };
}

/** Whether the check was to run again, once so far, and shows no run that was begun since. */
function isLost({ record, check }: { readonly record: PullRecord; readonly check: Check }): boolean {
  const { reran, reranAt, seen } = record;
  const key = rerunKey({ head: seen.head.commit, name: check.name });
  // The forge tells whole seconds.
  const isOlder = check.startedAt !== null && reranAt !== null && check.startedAt + second <= reranAt;
  return isOlder && reran.indexOf(key) === reran.lastIndexOf(key);
}

/** Whoever asked for changes has to look again, or no round is left for what they said, or no worker dealt with it. */
function ofChanges(facts: PullFacts): PullStep | null {
  const { record, fresh } = facts;
  const items = fresh.length + record.items.filter(({ state }) => state === 'given').length;
  if ((items === 0 && record.seen.review !== 'changes') || isAsked(record) === 'this') return null;
  const why = { code: 'changes-requested', facts: { items, rounds: roundsOf(facts, 'review') } } as const;
  return { do: 'wait', for: 'people', why };
}

/** A stack is merged from the bottom up, each of it into the base. */
function ofLower({ below }: PullFacts): PullStep | null {
  if (below === null) return null;
  const lower = below.is === 'closed' || below.is === 'gone' ? below.is : 'open';
  return { do: 'wait', for: lower === 'open' ? 'line' : 'people', why: { code: 'stacked', facts: { on: below.task, lower } } };
}

/** Nothing is said to be ready before the forge knows it. */
function ofForge(facts: PullFacts): PullStep | null {
  const { record } = facts;
  const isYoung = record.observedAt - record.head.at < checksAppearWithin;
  // If the base's rules say which checks are required, no other one has to be waited for.
  const counts = counted(facts);
  const areRequired = counts?.known === true && counts.checks.some(isRequired);
  return record.seen.mergeable === null || (isYoung && !areRequired) ? waitForForge : null;
}

function ofMerge(facts: PullFacts): PullStep | null {
  const { record, policy, isFirst } = facts;
  const { seen } = record;
  const asked = isAsked(record) !== null;
  if (!isMergeWanted(facts)) return null;
  if (seen.draft || (!asked && lacking(facts) !== null)) return null;
  if (!isFirst) return { do: 'wait', for: 'line', why: { code: 'in-line', facts: { base: seen.base.branch } } };
  if (seen.behind) return update(facts, behind(facts));
  const failed = failedMerge(record);
  if (failed !== null) return failed;
  if (isBlocked(seen)) return waitForPeople;
  return { do: 'merge', head: seen.head.commit, method: policy.method, why: { code: 'merging', facts: {} } };
}

/** The last attempt to merge this head failed, and nobody asked for another one since. */
function failedMerge(record: PullRecord): PullStep | null {
  const { seen, mergeRefused, mergeAsked, ejectedAt } = record;
  if (mergeRefused !== null && mergeRefused.head === seen.head.commit && mergeRefused.at >= (mergeAsked?.at ?? -Infinity))
    return { do: 'wait', for: 'people', why: { code: 'merge-refused', facts: { message: mergeRefused.message } } };
  if (ejectedAt !== null && isThrownOut(record, ejectedAt))
    return { do: 'wait', for: 'people', why: { code: 'ejected', facts: { at: ejectedAt } } };
  return null;
}

/**
 * Whether the rules of the base are in the way. Where they demand a merge queue, GitHub says that of every pull request outside
 * of the queue; what else is missing, the queue itself says.
 */
function isBlocked({ blocked, hasQueue = false, review }: PullRecord['seen']): boolean {
  return blocked && (!hasQueue || review === 'requested');
}

/**
 * Whether it left the queue after the last attempt. The forge's clock may be slower than ours, so an ejection that was not known
 * when we queued this head follows from that, whatever its time is; otherwise it would be queued again and again.
 */
function isThrownOut({ queued, seen, head, mergeAsked }: PullRecord, ejectedAt: Instant): boolean {
  if (ejectedAt === queued?.ejectedAt) return false;
  return queued?.head === seen.head.commit || (ejectedAt >= head.at && ejectedAt >= (mergeAsked?.at ?? -Infinity));
}

function ofPeople(facts: PullFacts): PullStep {
  const { record, policy } = facts;
  const { draft, review } = record.seen;
  if (draft) return { do: 'wait', for: 'people', why: { code: 'draft', facts: {} } };
  const right = lacking(facts);
  if (right !== null) return { do: 'wait', for: 'people', why: { code: 'checks-unknown', facts: { lacking: right } } };
  const isApprovalMissing = policy.merge === 'approved' && review !== 'approved';
  if (review === 'requested' || isBlocked(record.seen) || isApprovalMissing) return waitForPeople;
  // Whoever asked for that merge has withdrawn it; why it failed is still to be seen.
  return failedMerge(record) ?? { do: 'wait', for: 'people', why: { code: 'ready-to-merge', facts: {} } };
}

/**
 * Our own update; if that ends in a conflict, a worker resolves it, once for this head and this commit of the base; if it
 * changes nothing, the forge has not noticed yet; if it is refused, a person removes the obstacle.
 */
function update(facts: PullFacts, why: PullStanding): PullStep {
  const { record, baseCommit } = facts;
  const { updated, seen } = record;
  const start = headAndBase({ head: seen.head.commit, base: baseCommit ?? '' });
  if (updated === null || !(baseCommit === null ? updated.of.startsWith(start) : updated.of === start))
    return { do: 'update', how: updateMethod(facts), why };
  if (updated.ended === 'unchanged') return waitForForge;
  if (updated.ended === 'refused')
    return { do: 'wait', for: 'people', why: { code: 'update-refused', facts: { message: updated.message } } };
  const rounds = roundsOf(facts, 'conflict');
  if (record.conflictGivenFor !== updated.of && rounds.used < rounds.most)
    return { do: 'answer', kind: 'conflict', checks: [], items: [], why: conflict(facts) };
  return { do: 'wait', for: 'people', why: conflict(facts) };
}

/** A rebase would replace the commits that a person pushed. */
function updateMethod({ record, policy }: PullFacts): UpdateMethod {
  return record.personsHead === null ? policy.update : 'merge';
}

/** Whether a person asked for the merge of exactly this head, or of any head of ours; null: of neither. */
function isAsked({ mergeAsked, seen, head }: PullRecord): 'this' | 'any' | null {
  if (mergeAsked === null) return null;
  if (mergeAsked.head === null) return head.by === 'us' ? 'any' : null;
  return mergeAsked.head === seen.head.commit ? 'this' : null;
}

/** Whether somebody's wish to merge it holds, or is void because its head has changed since; null: nobody has one. */
export function mergeWish(record: PullRecord): 'holds' | 'void' | null {
  const { mergeAsked, head, seen } = record;
  if (mergeAsked === null || seen.state !== 'open') return null;
  // The forge may not show yet what our own update pushed.
  return isAsked(record) !== null || mergeAsked.head === head.commit ? 'holds' : 'void';
}

/** It is merged without anybody saying more, as soon as nothing is in its way. */
export function isMergeWanted(facts: PullFacts): boolean {
  return isAsked(facts.record) !== null || isWantedByPolicy(facts);
}

/** What a person pushed, only a person merges: whoever asked for our policy did not see those commits. */
function isWantedByPolicy({ record, policy }: PullFacts): boolean {
  if (record.head.by === 'person' || policy.merge === 'never') return false;
  return policy.merge === 'green' ? record.seen.review !== 'requested' : record.seen.review === 'approved';
}

/**
 * The checks that decide: those that the base's rules require, or all if it requires none. Null: they were not asked for
 * this head yet.
 */
function counted({ record }: PullFacts): Checks | null {
  const { checks, seen } = record;
  if (checks === null || checks.of !== seen.head.commit) return null;
  if (!checks.are.known) return checks.are;
  const required = checks.are.checks.filter(isRequired);
  return required.length > 0 ? { known: true, checks: required } : checks.are;
}

function isRequired(check: Check): boolean {
  return check.required === true;
}

/** The right that the token lacks for reading the checks; null: none. */
function lacking(facts: PullFacts): string | null {
  const counts = counted(facts);
  return counts === null || counts.known ? null : counts.lacking;
}

function named(checks: readonly Check[], state: Check['state']): readonly string[] {
  return checks.filter((check) => check.state === state).map(({ name }) => name);
}

function roundsOf({ record, policy }: PullFacts, kind: AnswerKind): Rounds {
  return { kind, used: record.rounds[kind], most: policy.rounds[kind] };
}

function conflict(facts: PullFacts): PullStanding {
  return { code: 'conflict', facts: { base: facts.record.seen.base.branch, rounds: roundsOf(facts, 'conflict') } };
}

function behind({ record }: PullFacts): PullStanding {
  return { code: 'behind', facts: { base: record.seen.base.branch } };
}

const waitForForge: PullStep = { do: 'wait', for: 'forge', why: { code: 'forge-computes', facts: {} } };
const waitForPeople: PullStep = { do: 'wait', for: 'people', why: { code: 'waiting-for-people', facts: {} } };
