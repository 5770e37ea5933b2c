// What happened, stored for whoever follows without being this process. Changes of tasks' states are entered by the store
// with the change itself; what is told beside them is entered at the end of each pulse. What a supervisor that dies has not
// entered yet is lost: it is news, and every fact that counts is stored by itself.
import type { FeedEvent } from '../ports/feed-store.ts';
import type { SupervisorEvent } from './events.ts';
import type { World } from './world.ts';

/** While the database takes nothing (a full disk), only the latest are kept. */
const mostKept = 1000;

/** Transcripts, which have their own place, and what only the screen of a run needs are left out. */
const fed: ReadonlySet<SupervisorEvent['type']> = new Set(['attempt', 'verdict', 'sign-in', 'refused', 'warning']);

export function noteForFeed(unfed: FeedEvent[], given: { readonly event: SupervisorEvent; readonly at: number }): void {
  const { event, at } = given;
  if (!fed.has(event.type)) return;
  const { type, ...rest } = event;
  const { task = null, repo = null, attempt = null, ...facts } = rest as Partial<FeedEvent> & Record<string, unknown>;
  unfed.push({ at, type, repo, task, attempt, facts });
  if (unfed.length > mostKept) unfed.shift();
}

export async function storeFeed({ store, memory }: Pick<World, 'store' | 'memory'>): Promise<void> {
  const events = memory.unfed.splice(0);
  // What is wrong with the database is told by the phases that need it.
  await store.addToFeed(events).catch(() => memory.unfed.unshift(...events));
}
