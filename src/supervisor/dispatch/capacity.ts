// How many workers the machine can carry: a number that a person chose, or one computed from the processors and the memory
// that workers of each agent have needed.
import { memoryNeed, roomMissing, workersByCores, type Load } from '../../core/route/capacity.ts';
import type { PlaceChoice } from '../../core/route/place.ts';
import type { FullFacts } from '../../core/reason/standing-reason.ts';
import { placeFull, type Caps, type Slot } from '../../core/task/schedule.ts';
import { second } from '../../core/time.ts';
import type { Route } from '../../core/task/attempt.ts';
import { placeFacts, type Snapshot } from './snapshot.ts';
import type { World } from '../world.ts';

export interface Capacity extends Pick<Caps, 'global' | 'perHost' | 'perPlace'> {
  /**
   * How much memory this machine lacks for one more worker beside the open attempts and those in `begun`; null: it has
   * enough, or memory does not limit it.
   */
  readonly missing: (coming: Begun, begun: readonly Begun[]) => FullFacts['memory'] | null;
}

/** The facts about a worker that its need for memory depends on. */
type Begun = Pick<Route, 'agent' | 'host'>;

const remembered = 20;

export async function takeCapacity(
  world: Pick<World, 'store' | 'host' | 'places' | 'agents' | 'concurrency'> & {
    /** Bytes of memory that a worker uses now, by its attempt; null: not known. */
    readonly sizeOf: (attempt: string) => number | null;
  },
  open: Snapshot['open'],
): Promise<Capacity> {
  const facts = placeFacts(world);
  const perPlace = Object.fromEntries(facts.flatMap(({ name, capacity }) => (capacity === null ? [] : [[name, capacity]])));
  if (world.concurrency !== 'auto') return { global: world.concurrency, perHost: {}, perPlace, missing: () => null };
  const room = world.host.room();
  const needs = new Map<string, number>();
  for (const [agent, adapter] of world.agents) {
    needs.set(agent, memoryNeed({ declared: adapter.facts.memory, peaks: await world.store.peaks({ agent, limit: remembered }) }));
  }
  const need = (agent: string): number => needs.get(agent) ?? 0;
  // On other hosts, the place there decides how many workers it can carry.
  const isHere = ({ host }: Begun): boolean => host === null || host === world.host.name;
  const loads = open.flatMap(({ attempt }): Load[] =>
    isHere(attempt.route) ? [{ needs: need(attempt.route.agent), uses: world.sizeOf(attempt.id) ?? 0 }] : [],
  );
  const missing: Capacity['missing'] = (candidate, begun) => {
    if (!isHere(candidate)) return null;
    const soon = begun.filter(isHere).map(({ agent }) => ({ needs: need(agent), uses: 0 }));
    return roomMissing({ room, loads: [...loads, ...soon], needs: need(candidate.agent) });
  };
  return { global: Infinity, perHost: { [world.host.name]: workersByCores(room) }, perPlace, missing };
}

/** Which places take no further worker beside those in `taken`; those in `begun` were started in this pulse. */
export function fullPlaces(
  capacity: Capacity,
  given: { readonly taken: readonly Slot[]; readonly begun: readonly Begun[] },
): PlaceChoice['full'] {
  const { taken, begun } = given;
  return ({ agent, place }) => placeFull({ caps: capacity, taken, place }) || capacity.missing({ agent, host: place.host }, begun) !== null;
}

/** A sample scans all processes, and the memory of workers grows over minutes. */
const sampleEvery = 15 * second;

/** Records how much memory the running workers use now, for the next admission and for later estimates. */
export async function sampleMemory(world: World): Promise<void> {
  const { memory, clock, places } = world;
  const now = clock.now();
  if (Math.abs(now - memory.sampledAt) < sampleEvery) return;
  memory.sampledAt = now;
  for (const place of places.values()) {
    for (const { marker, memory: size } of await place.marked()) {
      const held = memory.held.get(marker);
      if (held !== undefined) held.size = { now: size, peak: Math.max(size, held.size?.peak ?? 0) };
    }
  }
}
