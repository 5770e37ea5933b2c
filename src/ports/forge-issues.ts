// The issues of a forge's repositories, as the sync with TODO.md needs them. Nothing here decides: it reads and writes. All
// text of people in it is data.
import type { ForgeRepository } from '../core/delivery/pull-facts.ts';
import type { IssueContent } from '../core/sync/issue-draft.ts';
import type { GoneIssue, Issue, Person } from '../core/sync/sync-facts.ts';
import type { Instant } from '../core/time.ts';

/** A text with who wrote it first. */
export interface Written {
  readonly by: Person;
  readonly text: string;
}

export interface IssueRead {
  /** By number, each once. Pull requests among the asked-for numbers are in it, as `isPull` and little more; no others. */
  readonly issues: readonly Issue[];
  /** Those of the asked-for numbers that are not there any more. A number that never was counts as deleted. */
  readonly gone: readonly GoneIssue[];
  /** What `changedAt` said when the read began, which is the next `since`: whatever changed meanwhile is read again then. */
  readonly until: Instant | null;
}

/**
 * The issues of one account at one host, with the faults and the budget of its other calls (see `ForgeAccount`). Everything
 * may be repeated after any fault: `create` looks for an issue that has the same marker, and writes only what is otherwise.
 */
export interface ForgeIssues {
  /**
   * A cheap question: the forge's time of the newest change of any issue or comment of the repository; null if there is none.
   * Pull requests may count as issues here.
   */
  changedAt(repository: ForgeRepository): Promise<Instant | null>;
  /**
   * The open issues with any of the labels, every issue that was changed at or after `since` (null: no others), and those of
   * the numbers, in whatever state. `intake`: the label whose adding is `Issue.labelled`. `isOurs` tells our comment among all
   * those of the issue; of several it is the oldest.
   */
  read(given: {
    readonly repository: ForgeRepository;
    readonly labels: readonly string[];
    readonly since: Instant | null;
    readonly numbers: readonly number[];
    readonly intake: string;
    readonly isOurs: (comment: Written) => boolean;
  }): Promise<IssueRead>;
  /**
   * Opens an issue and returns its number; a label that the repository lacks is made. `isOurs` tells by its body an issue that
   * an earlier call opened before its answer was lost: that one's number is returned then. Assignees that the repository does
   * not take are left out.
   */
  create(given: {
    readonly repository: ForgeRepository;
    readonly content: IssueContent;
    readonly isOurs: (body: Written) => boolean;
  }): Promise<number>;
  /** Writes if the issue still has the content `from`; false, and nothing is written, if it has another one. */
  write(given: {
    readonly repository: ForgeRepository;
    readonly number: number;
    readonly from: IssueContent;
    readonly set: Partial<IssueContent>;
  }): Promise<boolean>;
  /** Lets an issue wait for another one, or no longer. */
  depend(given: {
    readonly repository: ForgeRepository;
    readonly number: number;
    readonly on: number;
    readonly is: boolean;
  }): Promise<void>;
  /**
   * Makes an issue a sub-issue of `to`, or of none (null). False, and nothing is changed, if it is one of another issue than
   * `from` and `to`. Only where `Issue.parent` is not null. Fault: `forge-refused` with the status 422 where the forge does not
   * take it, for example because the one would stand above itself.
   */
  setParent(given: {
    readonly repository: ForgeRepository;
    readonly number: number;
    readonly from: number | null;
    readonly to: number | null;
  }): Promise<boolean>;
  /** Edits our comment, or writes it where `id` is null or that comment is gone; returns its id. */
  comment(given: {
    readonly repository: ForgeRepository;
    readonly number: number;
    readonly id: string | null;
    readonly text: string;
  }): Promise<string>;
}
