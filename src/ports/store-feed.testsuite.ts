// The store's contract on the feed: events in their order, read from a position on.
import { expect, test } from 'vitest';
import { because } from '../core/core.samples.ts';
import { addTask, claimed, closeAs, repo } from './store.samples.ts';
import type { FeedEvent } from './feed-store.ts';
import type { Store } from './store.ts';

const event = (at: number, more: Partial<FeedEvent> = {}): FeedEvent => ({
  ...{ at, type: 'warning', repo: null, task: null, attempt: null, facts: { code: `c${at}` } },
  ...more,
});

export function feedContract(stores: () => { readonly store: Store; readonly other: Store }): void {
  const timesOf = async (store: Store, given: Parameters<Store['feed']>[0]): Promise<number[]> =>
    (await store.feed(given)).map(({ at }) => at);

  test('what is entered is read in its order, page by page from a mark on, by whoever asks', async () => {
    const { store, other } = stores();
    expect(await store.feed({ after: null, limit: 10 })).toEqual([]);
    await store.addToFeed([]);
    await store.addToFeed([event(1, { repo, task: 't1', attempt: 'a' }), event(2)]);
    await other.addToFeed(Array.from({ length: 120 }, (_, index) => event(3 + index)));
    const first = await other.feed({ after: 0, limit: 2 });
    expect(first).toEqual([
      { ...event(1, { repo, task: 't1', attempt: 'a' }), mark: expect.any(Number) },
      { ...event(2), mark: expect.any(Number) },
    ]);
    expect(await timesOf(store, { after: first[1]!.mark, limit: 200 })).toEqual(Array.from({ length: 120 }, (_, index) => 3 + index));
    expect(await timesOf(store, { after: null, limit: 2 })).toEqual([121, 122]);
    const [last] = await store.feed({ after: null, limit: 1 });
    expect(await store.feed({ after: last!.mark, limit: 5 })).toEqual([]);
  });

  test('each change of a task’s state is entered with it, and one that is refused is not', async () => {
    const { store, other } = stores();
    const { task, lease } = await claimed(store, 't1');
    await closeAs(store, { lease, to: 'queued' });
    await store.moveTask({ key: task.key, from: ['blocked'], to: 'queued', reason: because('no'), at: 4 });
    await store.act({ key: task.key, action: 'cancel', at: 5 });
    const entries = await other.feed({ after: null, limit: 10 });
    const moves = entries.map(({ type, repo: of, task: id, facts }) => [type, of, id, facts['from'], facts['to']]);
    expect(moves).toEqual([
      ['task', repo, 't1', 'queued', 'running'],
      ['task', repo, 't1', 'running', 'queued'],
      ['task', repo, 't1', 'queued', 'cancelled'],
    ]);
    const transitions = await store.transitions(task.key);
    expect(entries.map(({ at, facts }) => [at, facts['reason']])).toEqual(transitions.map(({ at, reason }) => [at, reason]));
  });

  test('what is old is forgotten, and no mark is given twice', async () => {
    const { store } = stores();
    await addTask(store, 't1');
    await store.addToFeed([event(1), event(2), event(3)]);
    const [last] = await store.feed({ after: null, limit: 1 });
    await store.trimFeed({ before: 3 });
    expect(await timesOf(store, { after: 0, limit: 9 })).toEqual([3]);
    // The last entry stays, so that the next one is numbered after it.
    await store.trimFeed({ before: 100 });
    expect(await timesOf(store, { after: 0, limit: 9 })).toEqual([3]);
    await store.addToFeed([event(200)]);
    expect((await store.feed({ after: last!.mark, limit: 9 })).map(({ at }) => at)).toEqual([200]);
    await store.trimFeed({ before: 1 });
    expect(await timesOf(store, { after: 0, limit: 9 })).toEqual([3, 200]);
  });
}
