// Stores events for other processes that follow the work. The store enters changes of task states itself, in the same
// transaction; the other events are entered at the end of each pulse. If a supervisor dies before that, these events are
// lost, which does no harm: every fact that later work depends on is stored separately.
import type { FeedEvent } from '../ports/feed-store.ts';
import type { SupervisorEvent } from './events.ts';
import type { World } from './world.ts';

/** How many events are kept in memory, the latest ones, while the database cannot be written to (a full disk). */
const mostKept = 1000;

/**
 * The event types that are stored. Transcripts are stored elsewhere, and the remaining types are only for the screen of a
 * run.
 */
const fed: ReadonlySet<SupervisorEvent['type']> = new Set(['attempt', 'verdict', 'pull-request', 'sign-in', 'refused', 'warning']);

export function collectForFeed(unfed: FeedEvent[], given: { readonly event: SupervisorEvent; readonly at: number }): void {
  const { event, at } = given;
  if (!fed.has(event.type)) return;
  const { type, ...rest } = event;
  const { task = null, repo = null, attempt = null, ...facts } = rest as Partial<FeedEvent> & Record<string, unknown>;
  unfed.push({ at, type, repo, task, attempt, facts });
  if (unfed.length > mostKept) unfed.shift();
}

export async function storeFeed({ store, memory }: Pick<World, 'store' | 'memory'>): Promise<void> {
  const events = memory.unfed.splice(0);
  // The phases that need the database report what is wrong with it.
  await store.addToFeed(events).catch(() => memory.unfed.unshift(...events));
}
