// The event feed, read in pages from a given position: for a program that follows without asking for everything again.
import type { TaskReason } from '../core/reason/task-reason.ts';
import { textOf } from '../core/reason/words.ts';
import { iso } from '../lib/iso.ts';
import type { FeedEntry } from '../ports/feed-store.ts';
import type { Store } from '../ports/store.ts';

export interface Feed {
  readonly entries: readonly FeedEntry[];
  /** The position from which to read on. */
  readonly mark: number;
}

/** With `after` null, the last events are returned. An empty page means that nothing has happened since. */
export async function feed(store: Pick<Store, 'feed'>, given: { readonly after: number | null; readonly limit: number }): Promise<Feed> {
  const entries = await store.feed(given);
  return { entries, mark: entries.at(-1)?.mark ?? given.after ?? 0 };
}

/** An event in the form of `run --json`, with its position in the feed. */
export function entryView({ mark, at, type, repo, task, attempt, facts }: FeedEntry): Record<string, unknown> {
  const known = type === 'task' ? { ...facts, reason: textOf(facts['reason'] as TaskReason) } : facts;
  return { mark, at: iso(at), type, repo, task, attempt, ...known, ...startOf(known) };
}

function startOf({ startedAt }: Readonly<Record<string, unknown>>): { startedAt?: string | null } {
  return typeof startedAt === 'number' ? { startedAt: iso(startedAt) } : {};
}
