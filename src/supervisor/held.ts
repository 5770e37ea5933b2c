// The attempts whose leases this supervisor has, with facts about each that are not stored. All of it may be lost: leases,
// offsets and launches are in the database.
import type { Attempt, Lease } from '../core/task/attempt.ts';
import type { Tally } from '../core/transcript/tally.ts';
import type { LimitName, Look } from '../core/transcript/watchdog.ts';

export interface Held {
  lease: Lease;
  /** Null until its output is read for the first time. */
  reader: Reader | null;
  /** Ends the wait for the end of its worker; null: this supervisor is not waiting for it. */
  awaited: AbortController | null;
  /** Bytes of memory that its worker uses, at the last sample and at most; null: not sampled yet. */
  size: { readonly now: number; readonly peak: number } | null;
  /** True while its work is being checked or pushed. */
  delivering: boolean;
  /** Its preparation or settling was interrupted, because a person wants it to end. */
  cut: boolean;
}

/** How far a worker's output was read, beyond the position that is stored. */
export interface Reader {
  tally: Tally;
  /** How many characters of its transcript are stored; see core/transcript/kept.ts. */
  kept: number;
  /** The plan's usage windows as they were last stored with the account. */
  windows: Tally['windows'];
  /** The state of its MCP servers at the last warning to a person. */
  servers: Tally['servers'];
  /** The line at the offset is too long to be kept: bytes are skipped up to its end. */
  skipping: boolean;
  /** When the size of its output was last measured, in milliseconds of the wall clock. */
  measuredAt: number;
  /** The worker's time as this process observed it; null before the first observation. */
  look: Look | null;
  /** Limits for which a person was already warned that half is used up. */
  readonly warned: Set<LimitName>;
}

/** A supervisor, as far as the functions below need it. */
interface Remembering {
  readonly memory: { readonly held: Map<string, Held>; readonly touched: Set<number> };
}

/** Records that this supervisor now works on the attempt. */
export function holdAttempt({ memory }: Remembering, given: { readonly attempt: Attempt; readonly lease: Lease }): void {
  const { attempt, lease } = given;
  const known = memory.held.get(attempt.id);
  if (known !== undefined) known.lease = lease;
  else memory.held.set(attempt.id, { lease, reader: null, awaited: null, size: null, delivering: false, cut: false });
  memory.touched.add(attempt.taskKey);
}

/** Returns those of the attempts that this supervisor works on. */
export function heldOf({ memory }: Remembering, attempts: readonly Attempt[]): readonly Attempt[] {
  return attempts.filter(({ id }) => memory.held.has(id));
}

/** Drops an attempt that this supervisor may no longer write to. */
export function forget({ memory }: Remembering, attempt: string): void {
  memory.held.get(attempt)?.awaited?.abort();
  memory.held.delete(attempt);
}

/** Ends all waiting for the ends of workers. */
export function endWaits({ memory }: Remembering): void {
  for (const { awaited } of memory.held.values()) awaited?.abort();
}
