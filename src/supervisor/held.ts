// The attempts that this supervisor holds, with what it knows of each beyond what is stored. All of it may be lost: leases,
// offsets and launches are in the database.
import type { Attempt, Lease } from '../core/task/attempt.ts';
import type { Tally } from '../core/transcript/tally.ts';
import type { LimitName, Look } from '../core/transcript/watchdog.ts';
import type { World } from './world.ts';

export interface Held {
  lease: Lease;
  /** Null until its output is read for the first time. */
  reader: Reader | null;
  /** Ends the wait for the end of its worker; null: nobody waits. */
  awaited: AbortController | null;
  /** Bytes of memory that its worker uses, at the last sample and at most; null: not sampled yet. */
  size: { readonly now: number; readonly peak: number } | null;
  /** Its work is being checked or pushed. */
  delivering: boolean;
  /** Its preparation or settling was cut off, because somebody waits for its end. */
  cut: boolean;
}

/** How far a worker's output is read beyond what is stored. */
export interface Reader {
  tally: Tally;
  /** Characters that are stored of its transcript; see core/transcript/kept.ts. */
  kept: number;
  /** The plan's windows as they were last stored with the account. */
  windows: Tally['windows'];
  /** Its MCP servers as a person was last informed of them. */
  servers: Tally['servers'];
  /** The line at the offset is too long to be kept: bytes are skipped up to its end. */
  skipping: boolean;
  /** When its output was measured last, in milliseconds of the wall clock. */
  measuredAt: number;
  /** The worker's time as this process observed it; null before the first observation. */
  look: Look | null;
  /** Limits of which a person was warned that half is used up. */
  readonly warned: Set<LimitName>;
}

/** From here on this supervisor works on the attempt. */
export function holdAttempt(world: Pick<World, 'memory'>, given: { readonly attempt: Attempt; readonly lease: Lease }): void {
  const { attempt, lease } = given;
  const known = world.memory.held.get(attempt.id);
  if (known !== undefined) known.lease = lease;
  else world.memory.held.set(attempt.id, { lease, reader: null, awaited: null, size: null, delivering: false, cut: false });
  world.memory.touched.add(attempt.taskKey);
}

/** Those of the attempts that this supervisor holds. */
export function heldOf(world: Pick<World, 'memory'>, attempts: readonly Attempt[]): readonly Attempt[] {
  return attempts.filter(({ id }) => world.memory.held.has(id));
}

/** The attempt is no longer ours to write to. */
export function forget(world: Pick<World, 'memory'>, attempt: string): void {
  world.memory.held.get(attempt)?.awaited?.abort();
  world.memory.held.delete(attempt);
}

/** Nobody waits for the end of a worker any more. */
export function endWaits(world: Pick<World, 'memory'>): void {
  for (const { awaited } of world.memory.held.values()) awaited?.abort();
}
