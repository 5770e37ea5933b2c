// Leaves fields out of what a task and its issue are made the same in. Such a field stays different on both sides, and its
// base stays what it was, so that a later sync carries it over.
import type { Field } from './fields.ts';
import type { Judged } from './judge-pair.ts';
import type { SyncFacts } from './sync-facts.ts';

export function withoutField({ judged, field }: { readonly judged: Judged; readonly field: Field }): Judged {
  const { [field]: _left, ...common } = judged.common;
  const others = (all: readonly Field[]): readonly Field[] => all.filter((one) => one !== field);
  const state = field === 'state' ? { mark: null, closing: null } : {};
  return { ...judged, common, toTodo: others(judged.toTodo), toIssue: others(judged.toIssue), ...state };
}

/** Leaves out what flows to a side that is not to be written. */
export function limited({ judged, flows }: { readonly judged: Judged; readonly flows: SyncFacts['flows'] }): Judged {
  const out = flows === 'both' ? [] : flows === 'todo' ? judged.toIssue : judged.toTodo;
  return out.reduce((left, field) => withoutField({ judged: left, field }), judged);
}
