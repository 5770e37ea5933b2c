// How many workers the machine bears: a number that a person chose, or by processors and by what workers of each agent
// were seen to need.
import { memoryNeed, roomMissing, workersByCores, type Load } from '../core/capacity.ts';
import { second } from '../core/time.ts';
import type { Snapshot } from './snapshot.ts';
import type { World } from './world.ts';

export interface Capacity {
  /** Workers at once in all. */
  readonly limit: number;
  /** Why there is no memory for a worker of this agent beside the open attempts and those in `begun`; null: there is. */
  readonly missing: (agent: string, begun: readonly string[]) => string | null;
}

const remembered = 20;

export async function takeCapacity(
  world: Pick<World, 'store' | 'place' | 'agents' | 'concurrency'> & { readonly memory: Pick<World['memory'], 'sizes'> },
  open: Snapshot['open'],
): Promise<Capacity> {
  if (world.concurrency !== 'auto') return { limit: world.concurrency, missing: () => null };
  const room = world.place.room();
  const needs = new Map<string, number>();
  for (const [agent, { facts }] of world.agents) {
    needs.set(agent, memoryNeed({ declared: facts.memory, peaks: await world.store.peaks({ agent, limit: remembered }) }));
  }
  const need = (agent: string): number => needs.get(agent) ?? 0;
  const loads: Load[] = open.map(({ attempt }) => ({
    needs: need(attempt.route.agent),
    uses: world.memory.sizes.get(attempt.id)?.now ?? 0,
  }));
  return {
    limit: workersByCores(room),
    missing: (agent, begun) =>
      roomMissing({ room, loads: [...loads, ...begun.map((one) => ({ needs: need(one), uses: 0 }))], needs: need(agent) }),
  };
}

/** A scan of all processes; workers grow over minutes. */
const sampleEvery = 15 * second;

/** Notes what the running workers take now, for the next admission and for those to come. */
export async function sampleMemory(world: World): Promise<void> {
  const { memory, clock, place } = world;
  const now = clock.now();
  if (Math.abs(now - memory.sampledAt) < sampleEvery) return;
  memory.sampledAt = now;
  for (const { marker, memory: size } of await place.marked()) {
    if (!memory.leases.has(marker)) continue;
    memory.sizes.set(marker, { now: size, peak: Math.max(size, memory.sizes.get(marker)?.peak ?? 0) });
  }
}
