// Writing the agents' own configurations: what is to be done is planned from what stands there and from what was
// written before, and nothing that is not ours is changed or taken away.
import type { Fault } from '../core/fault.ts';
import type { Item, Piece, Step } from '../core/own/piece.ts';

/** A configuration that was written, by the folder in which it lies. */
export interface Deployed {
  readonly root: string;
  readonly agent: string;
  /** The agent's version then; null: it told none. */
  readonly version: string | null;
}

/** `after` null: the file goes. */
export interface FileChange {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface Plan {
  readonly steps: readonly { readonly of: Item; readonly step: Step; readonly path: string }[];
  readonly changes: readonly FileChange[];
  /** Of code `config` or `not-read`: files that cannot be understood; they stay as they are, with all in them. */
  readonly faults: readonly Fault[];
  /**
   * Each file in one step, and at any moment it is known what is ours; a document is kept as it was before we changed
   * it first. Faults: `changed-meanwhile`, `not-written`.
   */
  carryOut(): Promise<void>;
}

/** Faults of all: `manifest`, when what was written before cannot be told. */
export interface Deployer {
  deployed(): Promise<readonly Deployed[]>;
  plan(given: {
    readonly agent: string;
    readonly version: string | null;
    /** Absolute. */
    readonly root: string;
    readonly pieces: readonly Piece[];
    /** Documents that their agent reads without comments and trailing commas. */
    readonly strict: readonly string[];
  }): Promise<Plan>;
  /** All of it; what nobody has touched since is put back byte for byte. */
  planBack(deployed: Deployed): Promise<Plan>;
}
