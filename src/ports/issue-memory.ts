// What the store remembers for the sync of TODO.md with a forge's issues.
import type { Remembered } from '../core/sync/sync-facts.ts';

/** A repository here and at its forge, such as `github.com/acme/app`: with another remote, nothing is remembered yet. */
export interface IssuesOf {
  readonly repo: string;
  readonly forge: string;
}

export interface IssueMemory {
  /** By task. */
  rememberedIssues(of: IssuesOf): Promise<ReadonlyMap<string, Remembered>>;
  /** Changes what is remembered of a task by a pure rule, in one transaction. Null: nothing is known yet, or nothing is written. */
  rememberIssue(
    given: IssuesOf & { readonly task: string; readonly change: (known: Remembered | null) => Remembered | null },
  ): Promise<void>;
}
