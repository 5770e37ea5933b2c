// One task and its issue: which fields flow where, and what stays as it is. It decides only; the line and the issue are
// written from its answer.
import type { Mark } from '../todo/head.ts';
import type { TodoTask } from '../todo/line.ts';
import { fields, setFields, textFields, type Field, type Values } from './fields.ts';
import { closingOf, markOfClosed, type Closing } from './issue-state.ts';
import { conflictsOf, isEarlier, mergeFields, type Conflict, type FieldMerge, type MergeFacts, type SetMerge } from './merge-fields.ts';
import type { Notice } from './pair-up.ts';
import type { SyncTask } from './sync-facts.ts';

export interface Judged {
  /** Fields that the line takes over from the issue, and what of the issue changes. A set may be in both. */
  readonly toTodo: readonly Field[];
  readonly toIssue: readonly Field[];
  /** What both sides have in the end, in the fields that do not stay different. */
  readonly common: Partial<Values>;
  readonly frozen: readonly Field[];
  /** In which the line says what an older copy of the list said. */
  readonly behind: readonly Field[];
  readonly conflicts: readonly Conflict[];
  /** The line's box, if the state flows to the line. */
  readonly mark: Mark | null;
  /** How the issue is closed or that it is opened, if the state flows to the issue. */
  readonly closing: Exclude<Closing, { close: 'no' }> | { readonly close: 'open-again' } | null;
  readonly notices: readonly Notice[];
}

export interface JudgeFacts {
  readonly merge: MergeFacts;
  readonly todo: TodoTask;
  readonly number: number;
  readonly task: SyncTask | null;
  /** The values of the base, if somebody here knows them. */
  readonly values: Partial<Values>;
  /** Whether the forge knows which issues wait for which. */
  readonly hasDependencies: boolean;
}

export function judgePair(given: JudgeFacts): Judged {
  const { merge, values } = given;
  const merged = mergeFields(merge);
  const all: Readonly<Record<Field, FieldMerge | SetMerge>> = { ...merged.texts, ...merged.sets };
  const state = stateOf({ ...given, flow: merged.texts.state.flow });
  const common: Record<string, unknown> = {};
  const toTodo: Field[] = [];
  const toIssue: Field[] = [];
  for (const field of textFields) {
    const { flow } = all[field];
    if (flow === 'conflict' || (field === 'state' && state.waits) || (flow === 'none' && isEarlier(merge, field))) continue;
    common[field] = flow === 'to-issue' ? merge.todo[field] : merge.issue[field];
    if (flow === 'to-todo') toTodo.push(field);
    if (flow === 'to-issue') toIssue.push(field);
  }
  for (const field of setFields) {
    const one = all[field];
    if (one.flow === 'conflict' || (field === 'blockedBy' && !given.hasDependencies)) continue;
    if (one.flow === 'none' && isEarlier(merge, field)) continue;
    const to = one.flow === 'merged' ? one.to : merge.todo[field];
    common[field] = to;
    if (!sameSet(to, merge.todo[field])) toTodo.push(field);
    if (!sameSet(to, merge.issue[field])) toIssue.push(field);
  }
  const conflicts = conflictsOf({ facts: merge, merged, values });
  const frozen = conflicts.flatMap(({ field }) => {
    const one = all[field];
    return one.flow === 'conflict' && one.stays ? field : [];
  });
  const behind = fields.filter((field) => {
    const one = all[field];
    return one.flow === 'none' ? isEarlier(merge, field) : one.flow === 'conflict' && one.why === 'behind';
  });
  const { mark, closing, notices } = state;
  return { toTodo, toIssue, common: common as Partial<Values>, frozen, behind, conflicts, mark, closing, notices };
}

export function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}

type StateFlow = Pick<Judged, 'mark' | 'closing' | 'notices'> & { readonly waits: boolean };

const nothing: StateFlow = { mark: null, closing: null, notices: [], waits: false };

function stateOf(given: JudgeFacts & { flow: FieldMerge['flow'] }): StateFlow {
  const { flow, todo, task, merge, number } = given;
  if (flow === 'to-todo') return fromIssue({ isOpen: merge.issue.state === 'open', id: todo.id, number, task });
  if (flow !== 'to-issue') return nothing;
  if (todo.mark === 'open') return { ...nothing, closing: { close: 'open-again' } };
  const closing = closingOf({ mark: todo.mark, task });
  if (closing.close !== 'no') return { ...nothing, closing };
  const notice: Notice = {
    code: 'no-evidence',
    task: todo.id,
    number,
    message: `${todo.id} is ticked in TODO.md, but no merged pull request is known for it, so issue #${number} stays open`,
    hint: 'close the issue if the work is done, or open the line again',
  };
  return { ...nothing, notices: [notice], waits: true };
}

function fromIssue({ isOpen, id, number, task }: { isOpen: boolean; id: string; number: number; task: SyncTask | null }): StateFlow {
  if (isOpen) return { ...nothing, mark: 'open' };
  if (task?.state !== 'delivered') return { ...nothing, mark: markOfClosed(task) };
  // A merge that closes the issue may be seen here before the merge itself is.
  const notice: Notice = {
    code: 'closed-in-review',
    task: id,
    number,
    message: `issue #${number} was closed while the work on ${id} is in review; ${id} stays as it is until the review is over`,
    hint: `merge or close its pull request, or run: yardmaster cancel ${id}`,
  };
  return { ...nothing, notices: [notice], waits: true };
}
