// Decides whether there is room for one more worker, by processors and by memory: no worker is admitted that would make the
// machine swap. The need of an agent's worker is first the adapter's declared figure, then what its workers were observed
// to use.

/** The resources of the machine; memory in bytes. */
export interface Room {
  readonly cores: number;
  /** An upper limit that may be set from outside, such as a container's limit. */
  readonly total: number;
  /** How much is available now without swapping. */
  readonly free: number;
}

/** A worker that occupies a slot. `uses`: its memory now; 0 if it was not measured yet. */
export interface Load {
  readonly needs: number;
  readonly uses: number;
}

const megabyte = 2 ** 20;

/** Memory that is left to the system and to people: a tenth of it, and at least this much. */
const leastReserve = 512 * megabyte;

/** Observations are believed only when there are several. Until then, the larger of observed and declared need counts. */
const enough = 3;

/** Headroom above the largest observation, because peaks are only sampled. */
const headroom = 1.1;

/** Workers mostly wait for their provider; the tests and builds that they run use the processors. */
const perCore = 2;

/**
 * How many bytes a worker of an agent is expected to need: `declared`, until there are enough `peaks` of earlier workers
 * (newest first).
 */
export function memoryNeed(facts: { readonly declared: number; readonly peaks: readonly number[] }): number {
  const seen = Math.max(0, ...facts.peaks) * headroom;
  return facts.peaks.length >= enough ? seen : Math.max(facts.declared, seen);
}

/** How many workers the processors alone allow at once. */
export function workersByCores(room: Room): number {
  return Math.max(1, perCore * room.cores);
}

/**
 * The available bytes, if they are too few for a worker with this need; null if there is room. The only worker is always
 * admitted, because otherwise nothing could ever start.
 */
export function roomMissing(facts: {
  readonly room: Room;
  readonly loads: readonly Load[];
  readonly needs: number;
}): { readonly needs: number; readonly spare: number } | null {
  const { room, loads, needs } = facts;
  if (loads.length === 0) return null;
  // Memory that the running workers are still expected to use counts as used.
  const promised = loads.reduce((sum, load) => sum + Math.max(0, load.needs - load.uses), 0);
  const reserve = Math.max(leastReserve, room.total / 10);
  const left = room.free - promised - reserve;
  if (left >= needs) return null;
  return { needs, spare: Math.max(0, left) };
}
