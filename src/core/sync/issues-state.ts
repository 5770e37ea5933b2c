// What is stored about the sync of a repository's TODO.md with its issues: who leads it, and how the last one ended.
import type { Instant } from '../time.ts';
import type { Conflict } from './merge-fields.ts';
import type { Pending } from './pending.ts';

/** A field that both sides have changed, with where it is. */
export type ConflictOf = Conflict & { readonly task: string; readonly number: number };

export interface LastSync {
  /** When its last reading began. */
  readonly at: Instant;
  /** The forge's time up to which everything was read; null: nothing of it. */
  readonly until: Instant | null;
  /** The forge's time of the newest change, asked before the last reading. */
  readonly changedAt: Instant | null;
  /** The commit that was checked out, and the text of TODO.md, as a hash. */
  readonly head: string | null;
  readonly list: string;
  /** Whether TODO.md was as that commit has it. */
  readonly committed: boolean;
  /** Issues that are read again the next time, whatever has changed: there is a conflict or a problem about each. */
  readonly attention: readonly number[];
  readonly conflicts: readonly ConflictOf[];
  readonly pending: readonly Pending[];
}

export interface IssuesState {
  /** The repository at the forge, such as `github.com/acme/app`. Of another one, nothing here holds. */
  readonly forge: string;
  /** The supervisor that leads, and when it last said so. */
  readonly holder: string;
  readonly at: Instant;
  readonly last: LastSync | null;
}
