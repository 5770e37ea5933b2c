// Of which issue the issue of a subtask is a sub-issue. The list decides, once for each change of it: what a person sets or
// removes at the forge afterwards stays, until the line gets another parent.
import type { SyncFacts, Issue } from './sync-facts.ts';
import { mostEarlier, type Snapshot } from './snapshot.ts';

export interface ParentFacts {
  /** The issue of the line above; null if there is no such line, or if it has no issue. */
  readonly wanted: number | null;
  readonly present: Issue['parent'];
  readonly base: Snapshot;
  /** See `MergeFacts.own`. */
  readonly own: Snapshot | null;
  readonly onward: SyncFacts['onward'];
}

export interface ParentPlan {
  readonly change: { readonly from: number | null; readonly to: number | null } | null;
  /** What is remembered from now on. */
  readonly parents: Snapshot['parents'];
  readonly wanted: number | null;
  /** The list may be an older copy, so its parent is no edit. */
  readonly isBehind: boolean;
}

export function planParent(facts: ParentFacts): ParentPlan {
  const { wanted, present, base } = facts;
  const [last = null, ...earlier] = base.parents ?? [];
  const stays: ParentPlan = { change: null, parents: base.parents, wanted, isBehind: false };
  if (present === null || wanted === last) return stays;
  const from = present === 'none' ? null : present;
  if (isBehind(facts)) return { ...stays, isBehind: from !== wanted };
  const parents = [wanted, last, ...earlier.filter((one) => one !== wanted)].slice(0, 1 + mostEarlier);
  // Another parent than ours was set by a person.
  const isTheirs = from === 'elsewhere' || (from !== null && from !== last);
  return { ...stays, change: isTheirs || from === wanted ? null : { from, to: wanted }, parents };
}

/** As of any other field: an earlier value in a list that may be older than the base is no edit. */
function isBehind({ wanted, base, own, onward }: ParentFacts): boolean {
  const [last = null, ...earlier] = base.parents ?? [];
  const known = own === null ? undefined : (own.parents?.[0] ?? null);
  return !(known === last && onward) && (wanted === known || earlier.includes(wanted));
}
