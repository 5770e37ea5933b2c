// What is recorded of a pull request once something was done about it, or is about to be done that must not happen twice.
// After the effect of a step is recorded, `nextStep` does not answer with the same step again.
import type { Instant } from '../time.ts';
import type { Check } from './pull-facts.ts';
import type { AnswerKind } from './answer-kind.ts';
import { headAndBase, rerunKey, type PullRecord, type Verification } from './pull-record.ts';

export type PullEffect =
  /** A person's head was fetched. */
  | { readonly did: 'adopted'; readonly head: string }
  /** `update`: our own update or a retargeting. `worker`: commits of a worker. */
  | { readonly did: 'pushed'; readonly commit: string; readonly by: 'update' | 'worker' }
  /** Our own update pushed nothing. `base`: the commit of the base that it was made for. */
  | { readonly did: 'updated'; readonly ended: 'conflict' | 'unchanged'; readonly base: string }
  /** It is not tried again for this head and this commit of the base, unless a person asks for that. */
  | { readonly did: 'was-not-updated'; readonly base: string; readonly message: string }
  | { readonly did: 'retargeted'; readonly base: string }
  /** A worker is about to be given something: recorded before it begins. */
  | { readonly did: 'gave'; readonly kind: AnswerKind }
  /** Recorded before the forge is told. */
  | { readonly did: 'reran'; readonly checks: readonly Pick<Check, 'name'>[] }
  | { readonly did: 'merged'; readonly commit: string | null }
  | { readonly did: 'began-merge'; readonly id: string }
  | { readonly did: 'queued' }
  /** As well if the forge showed another head to the merge than to us. */
  | { readonly did: 'was-refused'; readonly message: string }
  /** As well if it was left because somebody moved it. */
  | { readonly did: 'deleted-branch' }
  | { readonly did: 'verified'; readonly failed: Verification['failed']; readonly commit: string }
  | { readonly did: 'asked-merge'; readonly head: string | null }
  /** `asked`: when that wish was asked for. A later one, of somebody else, stays. */
  | { readonly did: 'withdrew-merge'; readonly asked: Instant }
  /** A person wants it tried again: all rounds are left, what was given may be given once more, and a failed verification is repeated. */
  | { readonly did: 'renewed' };

/** The forge shows an earlier head only for a while, so the oldest ones need not be known. */
const mostHeadsBefore = 50;

export function recordAfter(given: { readonly record: PullRecord; readonly effect: PullEffect; readonly at: Instant }): PullRecord {
  const { record, effect, at } = given;
  const { seen } = record;
  switch (effect.did) {
    case 'adopted':
      return { ...withHead({ record, commit: effect.head, by: 'person', at }), personsHead: effect.head };
    case 'pushed':
      return afterPush({ record, effect, at });
    case 'updated':
      return { ...record, updated: { of: headAndBase({ head: seen.head.commit, base: effect.base }), ended: effect.ended } };
    case 'was-not-updated': {
      const { base, message } = effect;
      return { ...record, updated: { of: headAndBase({ head: seen.head.commit, base }), ended: 'refused', message } };
    }
    case 'retargeted':
      return { ...record, seen: { ...seen, base: { branch: effect.base }, mergeable: null } };
    case 'gave':
      return afterGiving(record, effect.kind);
    case 'reran': {
      const keys = effect.checks.map(({ name }) => rerunKey({ head: seen.head.commit, name }));
      return { ...record, reran: [...record.reran, ...keys], reranAt: at };
    }
    case 'merged':
      return { ...record, seen: { ...seen, state: 'merged', mergedCommit: effect.commit, updatedAt: at }, merging: null };
    case 'began-merge':
      return { ...record, merging: { id: effect.id, head: seen.head.commit, at } };
    case 'queued':
      return {
        ...record,
        seen: { ...seen, inQueue: true },
        merging: null,
        queued: { head: seen.head.commit, ejectedAt: record.ejectedAt },
      };
    case 'was-refused':
      return { ...record, merging: null, mergeRefused: { head: seen.head.commit, message: effect.message, at } };
    case 'deleted-branch':
      return { ...record, branchDeleted: true };
    case 'verified':
      return { ...record, verified: { commit: effect.commit, at, failed: effect.failed } };
    case 'asked-merge':
      return { ...record, mergeAsked: { head: effect.head, at }, queued: { head: null, ejectedAt: record.ejectedAt } };
    case 'withdrew-merge':
      return record.mergeAsked?.at === effect.asked ? { ...record, mergeAsked: null } : record;
    case 'renewed':
      return renewed(record);
  }
}

function renewed(record: PullRecord): PullRecord {
  const verified = record.verified?.failed == null ? record.verified : null;
  const updated = record.updated?.ended === 'refused' ? null : record.updated;
  const given = record.items.filter(({ state }) => state === 'given').map(({ id }) => id);
  return {
    ...{ ...record, rounds: { checks: 0, review: 0, conflict: 0 }, checksGivenFor: null, conflictGivenFor: null, verified, updated },
    fresh: [...new Set([...record.fresh, ...given])],
    items: record.items.map((item) => (item.state === 'given' ? { ...item, state: 'seen' } : item)),
  };
}

function withHead(given: {
  readonly record: PullRecord;
  readonly commit: string;
  readonly by: PullRecord['head']['by'];
  readonly at: Instant;
}): PullRecord {
  const { record, commit, by, at } = given;
  if (commit === record.head.commit) return record;
  const before = [...record.before.filter((one) => one !== commit), record.head.commit].slice(-mostHeadsBefore);
  return { ...record, head: { commit, by, at }, before };
}

function afterPush(given: {
  readonly record: PullRecord;
  readonly effect: { readonly commit: string; readonly by: 'update' | 'worker' };
  readonly at: Instant;
}): PullRecord {
  const { record, effect, at } = given;
  const { mergeAsked, head } = record;
  const isUpdate = effect.by === 'update';
  // An update adds nothing that somebody has to look at: it leaves the commits a person's, and the person's word valid.
  const by = isUpdate ? head.by : 'us';
  const isMeant = isUpdate && mergeAsked !== null && mergeAsked.head === head.commit;
  return {
    ...withHead({ record, commit: effect.commit, by, at }),
    mergeAsked: isMeant ? { ...mergeAsked, head: effect.commit } : mergeAsked,
  };
}

function afterGiving(record: PullRecord, kind: AnswerKind): PullRecord {
  const rounds = { ...record.rounds, [kind]: record.rounds[kind] + 1 };
  if (kind === 'checks') return { ...record, rounds, checksGivenFor: record.seen.head.commit };
  return kind === 'conflict' ? { ...record, rounds, conflictGivenFor: record.updated?.of ?? null } : { ...record, rounds };
}
