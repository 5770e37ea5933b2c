// What the sync of TODO.md and a forge's issues is decided from: both sides, the tasks as they stand, and what we remember.
// All text of people in it is data. Whoever reads the forge fills these in; nothing here names one.
import type { Instant } from '../time.ts';
import type { TaskState } from '../task/task.ts';
import type { TodoList } from '../todo/words.ts';
import type { Field, Values } from './fields.ts';
import type { Side } from './merge-fields.ts';
import type { Snapshot } from './snapshot.ts';

export interface Person {
  readonly login: string;
  /** What they may do in the repository, in the forge's word, such as MEMBER. */
  readonly association: string;
}

/** The title and the body after somebody's edit. */
export interface Revision {
  readonly by: Person;
  readonly at: Instant;
  readonly title: string;
  readonly body: string;
}

export interface Issue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: 'open' | 'closed';
  /** How it was closed; null while it is open. */
  readonly reason: 'completed' | 'not-planned' | null;
  /** Who closed it or opened it again last; null if nobody did, or if the forge does not say. */
  readonly closedBy: string | null;
  readonly reopenedBy: string | null;
  readonly labels: readonly string[];
  readonly assignees: readonly string[];
  /** Oldest first; the first one is how it was opened. */
  readonly revisions: readonly Revision[];
  /** Who added the label for intake last. */
  readonly labelled: { readonly by: Person; readonly at: Instant } | null;
  readonly isPull: boolean;
  /** The numbers of the issues that it waits for; null if the forge has nothing of the kind. */
  readonly dependencies: readonly number[] | null;
  /** The number of the issue of which it is a sub-issue; `elsewhere`: that is in another repository; null: the forge has none. */
  readonly parent: number | 'none' | 'elsewhere' | null;
  /** The comment that we wrote. */
  readonly comment: { readonly id: string; readonly text: string } | null;
}

/** An issue that is not where it was. */
export interface GoneIssue {
  readonly number: number;
  /** `moved`: `to` is where it is now, such as `acme/other#5`. `discussion`: somebody made a discussion of it. */
  readonly gone: 'deleted' | 'moved' | 'discussion';
  readonly to: string | null;
}

/** A stored task, as far as its issue tells of it. */
export interface SyncTask {
  readonly state: TaskState;
  readonly verifyFailed: boolean;
  /** The proof that its work has arrived: a merged pull request, or the verified answer that there was nothing to do. */
  readonly evidence: { readonly pull: number } | { readonly pull: null } | null;
  readonly dispatched: string | null;
  readonly implemented: string | null;
  /** Its pull request while that is open. */
  readonly pull: number | null;
}

/** What we remember of a task and its issue. */
export interface Remembered {
  readonly number: number;
  /** See `MergeFacts.own`; `next`: the snapshot that we were about to write then. */
  readonly own: Snapshot;
  readonly next: Snapshot | null;
  /** The values that were common last, for people. */
  readonly values: Partial<Values>;
}

export interface SyncPolicy {
  /** `acme/app` */
  readonly repo: string;
  /** The login that we use. */
  readonly me: string;
  /** The label for intake. */
  readonly intake: string;
  /** Associations and logins whose text counts. */
  readonly trust: readonly string[];
  /** Which lines become issues by themselves. */
  readonly create: 'never' | 'marked' | 'all';
}

export interface SyncFacts {
  readonly policy: SyncPolicy;
  readonly list: TodoList;
  /** The texts of `todo/tasks/<id>-brief.md`, by task. */
  readonly briefs: ReadonlyMap<string, string>;
  /** The files that lines link as plans, by path. */
  readonly plans: ReadonlyMap<string, string>;
  /** See `MergeFacts.onward`. */
  readonly onward: boolean;
  readonly tasks: ReadonlyMap<string, SyncTask>;
  readonly issues: readonly Issue[];
  readonly gone: readonly GoneIssue[];
  readonly remembered: ReadonlyMap<string, Remembered>;
  /** Ids that must not be given. */
  readonly taken: readonly string[];
  /** Which side is written. What would flow to the other one is left as it is, and flows in a later sync. */
  readonly flows: 'both' | 'todo' | 'issue';
  /** Conflicts that a person settles, by task. */
  readonly keep: ReadonlyMap<string, Readonly<Partial<Record<Field, Side>>>>;
  /** Tasks for which a person asked for an issue. */
  readonly push: readonly string[];
}
