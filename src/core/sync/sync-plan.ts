// What a sync of TODO.md and a forge's issues is to change, remember and tell.
import type { NewLine } from './add-line.ts';
import type { Field, Values } from './fields.ts';
import type { IssueContent } from './issue-draft.ts';
import type { Conflict } from './merge-fields.ts';
import type { Notice } from './pair-up.ts';
import type { Snapshot } from './snapshot.ts';
import type { LineSet } from './write-line.ts';

export type Change =
  /** The stored task goes to another state because a person closed or opened the issue; before its line is written. */
  | {
      readonly do: 'move-task';
      readonly task: string;
      readonly to: 'queued' | 'cancelled';
      readonly number: number;
      readonly by: string | null;
    }
  /** `from`: the values of the line, and `brief` its brief, on which it was planned. */
  | { readonly do: 'write-line'; readonly task: string; readonly from: Values; readonly set: LineSet }
  | { readonly do: 'add-line'; readonly line: NewLine }
  | { readonly do: 'depend'; readonly number: number; readonly on: number; readonly is: boolean }
  /** The issue becomes a sub-issue of another one, or of none; `from`: of which it is one now. */
  | {
      readonly do: 'set-parent';
      readonly task: string;
      readonly number: number;
      readonly from: number | null;
      readonly to: number | null;
    }
  | {
      readonly do: 'write-issue';
      readonly task: string;
      readonly number: number;
      readonly from: IssueContent;
      readonly set: Partial<IssueContent>;
      /** What flows to the issue; none if only our own part of it is written. */
      readonly fields: readonly Field[];
      /** What is written into the marker, and remembered before that (as `next`). */
      readonly snapshot: Snapshot;
      /** What is remembered after the write. */
      readonly own: Snapshot;
      readonly values: Partial<Values>;
    }
  /** Once it is made, its number is written into the line. */
  | {
      readonly do: 'create-issue';
      readonly task: string;
      readonly content: IssueContent;
      readonly snapshot: Snapshot;
      readonly values: Partial<Values>;
    }
  | { readonly do: 'comment'; readonly number: number; readonly id: string | null; readonly text: string };

export interface SyncPlan {
  /** The issues of tasks, once the changes are carried out; without those that are to be created. */
  readonly numbers: ReadonlyMap<string, number>;
  /** In the order in which they are carried out. If one fails, the later ones of the same task are left out, but not after a parent that the forge refuses. */
  readonly changes: readonly Change[];
  readonly conflicts: readonly (Conflict & { readonly task: string; readonly number: number })[];
  readonly notices: readonly Notice[];
  /** Nothing needs to be written at the issue, but this has to be remembered of it. */
  readonly seen: readonly {
    readonly task: string;
    readonly number: number;
    readonly own: Snapshot;
    readonly values: Partial<Values>;
  }[];
}
