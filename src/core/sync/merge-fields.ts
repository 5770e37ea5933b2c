// The three-way merge of a task's line and its issue, field by field. A field that was changed on one side flows to the
// other. One that was changed on both sides differently is a conflict: neither side is written until a person decides, or
// until both are equal. Sets are merged element by element. Nothing that a person wrote is ever overwritten unseen.
import { fields, hashOf, sorted, type Field, type Hash, type SetField, type TextField, type Values } from './fields.ts';
import { fieldText, type Snapshot } from './snapshot.ts';

export type Side = 'todo' | 'issue';

/**
 * Why a field is left alone. `both`: both sides were changed. `first`: they differ, and were never the same. `behind`: another
 * machine has synced since our last sync, and the line may be that of an older copy of the list.
 */
export type ConflictWhy = 'both' | 'first' | 'behind';

export interface Conflict {
  readonly field: Field;
  readonly why: ConflictWhy;
  /** The values as text, of sets with an element per line. `base` is null if nobody here knows it any more. */
  readonly todo: string;
  readonly issue: string;
  readonly base: string | null;
}

export type FieldMerge =
  | { readonly flow: 'none' }
  | { readonly flow: 'to-todo' | 'to-issue' }
  /** `stays`: it is recorded at the issue. A line that is merely behind is not: that passes with the next pull. */
  | { readonly flow: 'conflict'; readonly why: ConflictWhy; readonly stays: boolean };

export interface SetMerge {
  readonly flow: 'merged';
  /** The elements that both sides have in the end. */
  readonly to: readonly string[];
}

export interface Merged {
  readonly texts: Readonly<Record<TextField, FieldMerge>>;
  readonly sets: Readonly<Record<SetField, FieldMerge | SetMerge>>;
}

export interface MergeFacts {
  readonly todo: Values;
  readonly issue: Values;
  readonly base: Snapshot;
  /** What our list is known to say: see `knownAfter`. Null if we never synced this issue. */
  readonly own: Snapshot | null;
  /**
   * False if the list may have come from another branch or an older commit since our last sync, so that an earlier value is
   * no edit.
   */
  readonly onward: boolean;
  /** What a person decided about conflicts. */
  readonly keep: Readonly<Partial<Record<Field, Side>>>;
}

export function mergeFields(facts: MergeFacts): Merged {
  const text = (field: TextField): FieldMerge => mergeField(facts, field);
  const set = (field: SetField): FieldMerge | SetMerge => mergeSet(facts, field);
  return {
    texts: { title: text('title'), body: text('body'), state: text('state'), assignee: text('assignee') },
    sets: { tags: set('tags'), blockedBy: set('blockedBy') },
  };
}

function mergeField(facts: MergeFacts, field: Field): FieldMerge {
  const { base, keep } = facts;
  const todo = fieldText(facts.todo, field);
  const issue = fieldText(facts.issue, field);
  if (todo === issue) return { flow: 'none' };
  const kept = keep[field];
  if (kept !== undefined) return { flow: kept === 'todo' ? 'to-issue' : 'to-todo' };
  const [now] = base.hashes[field];
  if (base.frozen.includes(field)) return { flow: 'conflict', why: now === undefined ? 'first' : 'both', stays: true };
  if (now === undefined) return firstContact({ todo, issue });
  if (hashOf(todo) === now) return { flow: 'to-todo' };
  const behind = behindOf(facts, field);
  if (behind !== null) return behind;
  return hashOf(issue) === now ? { flow: 'to-issue' } : { flow: 'conflict', why: 'both', stays: true };
}

function firstContact({ todo, issue }: { todo: string; issue: string }): FieldMerge {
  if (todo === '') return { flow: 'to-todo' };
  return issue === '' ? { flow: 'to-issue' } : { flow: 'conflict', why: 'first', stays: true };
}

/** Null if the line's value is an edit of the common value, as far as anybody can tell. */
function behindOf({ todo, base, own, onward }: MergeFacts, field: Field): FieldMerge | null {
  const hash = hashOf(fieldText(todo, field));
  const [now, ...earlier] = base.hashes[field];
  const known = own?.hashes[field][0];
  const knowsBase = known === now;
  if (knowsBase && onward) return null;
  if (hash === known || earlier.includes(hash)) return { flow: 'conflict', why: 'behind', stays: false };
  // The line was edited, and nobody knows on top of which value.
  return known === undefined || knowsBase ? null : { flow: 'conflict', why: 'both', stays: true };
}

/**
 * Whether the line's value is an earlier one, in a list that may be an older copy. If the issue has come back to the same value,
 * that is not what both sides have now: the newer list may say something else.
 */
export function isEarlier({ todo, base, own, onward }: Pick<MergeFacts, 'todo' | 'base' | 'own' | 'onward'>, field: Field): boolean {
  const [now, ...earlier] = base.hashes[field];
  const knowsBase = own === null || own.hashes[field][0] === now;
  return !(knowsBase && onward) && earlier.includes(hashOf(fieldText(todo, field)));
}

function mergeSet(facts: MergeFacts, field: SetField): FieldMerge | SetMerge {
  const { todo, issue, base } = facts;
  const merge = mergeField(facts, field);
  if (merge.flow === 'none') return merge;
  const isKept = facts.keep[field] !== undefined;
  if (isKept) return { flow: 'merged', to: merge.flow === 'to-issue' ? todo[field] : issue[field] };
  const elements = base.elements[field];
  // Sets that were never common are joined, because each element is missing on one side only.
  if (base.frozen.includes(field) || (merge.flow === 'conflict' && elements !== null && behindOf(facts, field) !== null)) return merge;
  return { flow: 'merged', to: joined({ todo: todo[field], issue: issue[field], base: elements ?? [] }) };
}

function joined(given: { todo: readonly string[]; issue: readonly string[]; base: readonly Hash[] }): readonly string[] {
  const { todo, issue, base } = given;
  // An element that was common stays if neither side has removed it; another one was added by one side.
  return sorted([...todo, ...issue]).filter((one) => !base.includes(hashOf(one)) || (todo.includes(one) && issue.includes(one)));
}

/** The conflicts, with the values that people are shown. `values`: the base, if its hash is the one of the snapshot. */
export function conflictsOf(given: {
  readonly facts: MergeFacts;
  readonly merged: Merged;
  readonly values: Partial<Values>;
}): readonly Conflict[] {
  const { facts, merged, values } = given;
  const all: Readonly<Record<Field, FieldMerge | SetMerge>> = { ...merged.texts, ...merged.sets };
  return fields.flatMap((field) => {
    const merge = all[field];
    if (merge.flow !== 'conflict') return [];
    const base = values[field] === undefined ? null : fieldText({ ...facts.todo, ...values }, field);
    const isBase = base !== null && hashOf(base) === facts.base.hashes[field][0];
    return { field, why: merge.why, todo: fieldText(facts.todo, field), issue: fieldText(facts.issue, field), base: isBase ? base : null };
  });
}
