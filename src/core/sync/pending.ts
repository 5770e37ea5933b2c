// What a sync would carry over, as people and scripts are told: of which task, in which direction, which field.
import type { Field } from './fields.ts';
import type { Change, SyncPlan } from './sync-plan.ts';
import type { LineSet } from './write-line.ts';

/**
 * `line`, `issue`: one that is to be made. `ref`: the line is to name its issue. `task`: the task is to be queued or cancelled.
 * `parent`: the issue becomes a sub-issue of another one, or of none. `ours`: our labels, our part of the text, and our comment.
 */
export type PendingField = Field | 'line' | 'issue' | 'ref' | 'task' | 'parent' | 'ours';

export interface Pending {
  readonly task: string;
  /** Null: it has none yet. */
  readonly number: number | null;
  readonly direction: 'to-todo' | 'to-issue';
  readonly field: PendingField;
}

/** Each once, in the order in which they would be carried out. */
export function pendingOf({ changes, numbers }: Pick<SyncPlan, 'changes' | 'numbers'>): readonly Pending[] {
  const all = changes.flatMap((change) => {
    const { task, number } = aboutOf({ change, numbers });
    const direction = change.do === 'move-task' || change.do === 'write-line' || change.do === 'add-line' ? 'to-todo' : 'to-issue';
    return fieldsOf(change).map((field): Pending => ({ task, number, direction, field }));
  });
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}

/** The task that a change belongs to, and its issue. Every change of a plan is about one of the plan's pairs, or makes one. */
export function aboutOf({ change, numbers }: { readonly change: Change; readonly numbers: SyncPlan['numbers'] }): {
  readonly task: string;
  readonly number: number | null;
} {
  if (change.do === 'add-line') return { task: change.line.id, number: change.line.ref };
  if ('task' in change) return { task: change.task, number: numbers.get(change.task) ?? null };
  const { number } = change;
  const [task = ''] = [...numbers].flatMap(([id, one]) => (one === number ? id : []));
  return { task, number };
}

function fieldsOf(change: Change): readonly PendingField[] {
  switch (change.do) {
    case 'move-task':
      return ['task'];
    case 'write-line':
      return (Object.keys(change.set) as (keyof LineSet)[]).map((key) => lineFields[key]);
    case 'add-line':
      return ['line'];
    case 'depend':
      return ['blockedBy'];
    case 'set-parent':
      return ['parent'];
    case 'write-issue':
      return change.fields.length > 0 ? change.fields : ['ours'];
    case 'create-issue':
      return ['issue'];
    case 'comment':
      return ['ours'];
  }
}

const lineFields: Readonly<Record<keyof LineSet, PendingField>> = {
  title: 'title',
  mark: 'state',
  addTags: 'tags',
  removeTags: 'tags',
  assignee: 'assignee',
  addBlockers: 'blockedBy',
  removeBlockers: 'blockedBy',
  ref: 'ref',
  plan: 'body',
  body: 'body',
};
