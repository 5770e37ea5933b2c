// Is there room for one more worker? By processors and by memory: admission stops before the machine swaps. What a
// worker of an agent needs is first what its adapter declares, then what its workers were seen to use.

/** What the machine has; memory in bytes. */
export interface Room {
  readonly cores: number;
  /** What may be limited from outside (a container's limit counts). */
  readonly total: number;
  /** What could be had now without swapping. */
  readonly free: number;
}

/** A worker that holds a slot. `uses`: its memory now; 0 where it was not measured yet. */
export interface Load {
  readonly needs: number;
  readonly uses: number;
}

const megabyte = 2 ** 20;

/** Left to the system and to people: a tenth, and never less than this. */
const leastReserve = 512 * megabyte;

/** An observation is the truth only when several agree; before that the larger of it and the declared need counts. */
const enough = 3;

/** Some headroom above the largest that was seen: peaks are sampled. */
const headroom = 1.1;

/** Workers mostly wait for their provider; tests and builds that they run take the processors. */
const perCore = 2;

/** Bytes that a worker of an agent is expected to need: `declared`, until `peaks` (newest first) of earlier ones tell better. */
export function memoryNeed(facts: { readonly declared: number; readonly peaks: readonly number[] }): number {
  const seen = Math.max(0, ...facts.peaks) * headroom;
  return facts.peaks.length >= enough ? seen : Math.max(facts.declared, seen);
}

/** Workers at once by processors alone. */
export function workersByCores(room: Room): number {
  return Math.max(1, perCore * room.cores);
}

/** The bytes that are to spare where that is too little for a worker that needs so much; null: there is room. One alone is always admitted: somebody must begin. */
export function roomMissing(facts: {
  readonly room: Room;
  readonly loads: readonly Load[];
  readonly needs: number;
}): { readonly needs: number; readonly spare: number } | null {
  const { room, loads, needs } = facts;
  if (loads.length === 0) return null;
  // What the running ones will still take is as good as taken.
  const promised = loads.reduce((sum, load) => sum + Math.max(0, load.needs - load.uses), 0);
  const reserve = Math.max(leastReserve, room.total / 10);
  const left = room.free - promised - reserve;
  if (left >= needs) return null;
  return { needs, spare: Math.max(0, left) };
}
