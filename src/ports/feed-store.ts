// The event feed: events in their order, stored, so that any process that follows them can read on from a position.
import type { Instant } from '../core/time.ts';

/** An event, for readers that follow. */
export interface FeedEvent {
  readonly at: Instant;
  readonly type: string;
  /** Absolute path of the repository; null if it belongs to none, as for `task` and `attempt`, which are ids. */
  readonly repo: string | null;
  readonly task: string | null;
  readonly attempt: string | null;
  /** Plain JSON that depends on the type. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface FeedEntry extends FeedEvent {
  /** Grows with each entry that becomes visible, so a reader that continues from it misses none. */
  readonly mark: number;
}

export interface FeedStore {
  /**
   * Adds events in the given order. Changes of tasks' states are added by the methods that make them, as type `task`
   * (facts: from, to, reason).
   */
  addToFeed(events: readonly FeedEvent[]): Promise<void>;
  /** The entries after `after` in their order; null: the last ones. */
  feed(given: { readonly after: number | null; readonly limit: number }): Promise<readonly FeedEntry[]>;
  /** Deletes older entries. */
  trimFeed(given: { readonly before: Instant }): Promise<void>;
}
