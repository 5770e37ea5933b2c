// What happened, in its order: stored, so that whoever follows can read on from a mark, in whatever process.
import type { Instant } from '../core/time.ts';

/** Something that happened, for whoever follows. */
export interface FeedEvent {
  readonly at: Instant;
  readonly type: string;
  /** Absolute path of the repository; null: it belongs to none, as `task` and `attempt`, which are ids. */
  readonly repo: string | null;
  readonly task: string | null;
  readonly attempt: string | null;
  /** Plain JSON, by the type. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface FeedEntry extends FeedEvent {
  /** Grows with each entry that becomes visible, so that who reads from a mark on misses none. */
  readonly mark: number;
}

export interface FeedStore {
  /** In their order. Changes of tasks' states are entered by the methods that make them, as type `task` (facts: from, to, reason). */
  addToFeed(events: readonly FeedEvent[]): Promise<void>;
  /** In their order, those after the mark; `after` null: the last ones. */
  feed(given: { readonly after: number | null; readonly limit: number }): Promise<readonly FeedEntry[]>;
  /** Forgets what happened before. */
  trimFeed(given: { readonly before: Instant }): Promise<void>;
}
