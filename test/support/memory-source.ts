// A source of tasks in memory, as an example of a source other than TODO.md: a list of items with ids of any form, which
// records by itself who closed each item. Its tasks are identified by their ids alone; the store keeps nothing for it.
import { inWords } from '../../src/core/reason/said.ts';
import { unbegun, type Task, type TaskRequest } from '../../src/core/task/task.ts';
import type { Reading, Source, SourceNews } from '../../src/ports/source.ts';

interface Item {
  readonly title: string;
  readonly body: string | null;
  readonly parent: string | null;
  closed: 'by a person' | 'by us' | null;
}

export interface MemorySource {
  readonly source: Source;
  readonly items: ReadonlyMap<string, Item>;
  /** The states of tasks that it was told of, in order. */
  readonly progress: readonly string[];
  open(id: string, more: Pick<Item, 'title'> & Partial<Item>): void;
  /** A person closes the item, or opens it again. */
  set(id: string, closed: 'by a person' | null): void;
  remove(id: string): void;
}

/** A source with the items of one repository. */
export function memorySource({ repo }: { readonly repo: string }): MemorySource {
  const items = new Map<string, Item>();
  const progress: string[] = [];
  let edits = 0;
  const edit = (id: string, change: Partial<Item>): void => {
    const item = items.get(id);
    if (item === undefined) return;
    Object.assign(item, change);
    edits += 1;
  };
  const mark = (root: string): string | null => (root === repo && edits > 0 ? `${edits}` : null);
  const own = (tasks: readonly Task[]): readonly Task[] => tasks.filter((task) => task.repo === repo && items.has(task.id));
  const hasOpenChild = (id: string): boolean => [...items.values()].some((item) => item.parent === id && item.closed === null);
  const source: Source = {
    name: 'list in memory',
    mark,
    read: (given) => read(items, { ...given, mark: mark(given.repo) }),
    body: async ({ request }) => request.body,
    complete: async ({ tasks, marked }) => {
      const [waiting, told] = [new Set<string>(), new Map<string, null>()];
      const from = mark(repo);
      // Subtasks come first; their ids begin with those of their parents, and so are longer.
      for (const { id } of own(tasks).toSorted((a, b) => b.id.length - a.id.length)) {
        if (hasOpenChild(id)) waiting.add(id);
        else told.set(id, null);
        if (told.has(id) && items.get(id)?.closed === null) edit(id, { closed: 'by us' });
      }
      if (own(tasks).length > 0) marked({ from, to: mark(repo) });
      return { waiting, told };
    },
    reopen: async ({ id }) => {
      if (items.get(id)?.closed !== null) edit(id, { closed: null });
    },
    progress: async ({ tasks }) => void progress.push(...own(tasks).map(({ id, state }) => `${id} ${state}`)),
  };
  return {
    ...{ source, items, progress },
    open: (id, more) => {
      items.set(id, { body: null, parent: null, closed: null, ...more });
      edits += 1;
    },
    set: (id, closed) => edit(id, { closed }),
    remove: (id) => {
      items.delete(id);
      edits += 1;
    },
  };
}

async function* read(items: ReadonlyMap<string, Item>, given: Reading & { readonly mark: string | null }): AsyncGenerator<SourceNews> {
  const stored = new Map((await given.tasks({ repo: given.repo })).map((task) => [task.id, task]));
  for (const [id, { closed }] of items) {
    const task = stored.get(id);
    const reason = { code: 'cancelled', facts: { said: inWords('closed in the list') } } as const;
    if (task?.state === 'cancelled' && closed === null)
      yield { news: 'moved', move: { task, from: ['cancelled'], to: 'queued', reason: { code: 'retried', facts: {} }, patch: {} } };
    if (task !== undefined && unbegun.some((state) => state === task.state) && closed === 'by a person')
      yield { news: 'moved', move: { task, from: unbegun, to: 'cancelled', reason, patch: {} } };
  }
  for (const [id, item] of items)
    if (item.closed === null) yield { news: 'open', request: asked(id, item), stored: stored.get(id) ?? null };
  // Tasks of other sources are recognized by ids of another form.
  for (const task of stored.values())
    if (/^(?:GH-|feature\/)/.test(task.id) && !items.has(task.id) && unbegun.some((state) => state === task.state))
      yield {
        news: 'moved',
        move: { task, from: unbegun, to: 'cancelled', reason: { code: 'cancelled', facts: { said: inWords('taken out') } }, patch: {} },
      };
  yield { news: 'all', mark: given.mark, tasks: items.size };
}

function asked(id: string, { title, body }: Item): TaskRequest {
  return {
    ...{ id, title, body, tags: [], model: null, agent: null, blockedBy: [], mcp: null, role: null, batch: null, estimate: null },
    ...{ line: 'none', wanted: true },
  };
}
