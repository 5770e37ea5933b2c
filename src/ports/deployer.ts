// Writes the agents' own configurations. The changes are planned from the present content and from the record of what was
// written before; nothing that is not ours is changed or removed.
import type { Fault } from '../core/fault.ts';
import type { Item, Piece, Step } from '../core/own/piece.ts';

/** A configuration that was written, identified by its folder. */
export interface Deployed {
  readonly root: string;
  readonly agent: string;
  /** The agent's version at that time; null if it reported none. */
  readonly version: string | null;
}

/** `after` null: the file is removed. */
export interface FileChange {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface Plan {
  readonly steps: readonly { readonly of: Item; readonly step: Step; readonly path: string }[];
  readonly changes: readonly FileChange[];
  /** Of code `config` or `not-read`: files that cannot be understood; they stay as they are, with everything in them. */
  readonly faults: readonly Fault[];
  /**
   * Replaces each file in one step, and the record says at any moment what is ours; a document is kept as it was before our
   * first change. Faults: `changed-meanwhile`, `not-written`.
   */
  carryOut(): Promise<void>;
}

/** Every method throws the fault `manifest` if the record of what was written before cannot be read. */
export interface Deployer {
  deployed(): Promise<readonly Deployed[]>;
  plan(given: {
    readonly agent: string;
    readonly version: string | null;
    /** An absolute path. */
    readonly root: string;
    readonly pieces: readonly Piece[];
    /** Documents that their agent reads without comments and trailing commas. */
    readonly strict: readonly string[];
  }): Promise<Plan>;
  /** Removes all of it; entries that nobody has touched since are restored byte for byte. */
  planBack(deployed: Deployed): Promise<Plan>;
}
