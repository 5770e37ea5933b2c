// The contract of every source of tasks: actions of people there are reported once, our own writes are not reported, and a
// completion can be withdrawn. The suite acts on the news as an intake does, with a real store.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Task } from '../core/task/task.ts';
import { openStore } from '../store/open.ts';
import type { Completion, Source, SourceNews } from './source.ts';
import { claimBy, closeAs, request } from './store.samples.ts';
import type { Store } from './store.ts';

/** Actions of a person in the source. Every task that is written there is meant to be worked on. */
export interface SourceStage {
  readonly source: Source;
  readonly repo: string;
  /** Ids in the form that people choose there; `child` is a subtask of `parent`. */
  readonly ids: { readonly one: string; readonly parent: string; readonly child: string };
  open(task: { readonly id: string; readonly title: string; readonly body?: string }): Promise<void>;
  /** Declares the task done. */
  close(id: string): Promise<void>;
  /** Declares the task open again. */
  openAgain(id: string): Promise<void>;
  remove(id: string): Promise<void>;
  isOpen(id: string): Promise<boolean>;
  dispose(): Promise<void>;
}

export function sourceContract(name: string, makeStage: () => Promise<SourceStage>): void {
  describe(`${name}: a source`, () => {
    let stage: SourceStage;
    let source: Source;
    let store: Store;
    beforeEach(async () => {
      stage = await makeStage();
      ({ source } = stage);
      store = await openStore({ file: ':memory:' });
    });
    afterEach(async () => {
      await store.end();
      await stage.dispose();
    });

    const news = async (): Promise<readonly SourceNews[]> => {
      const all: SourceNews[] = [];
      const given = { repo: stage.repo, tasks: store.tasks, isThere: async () => true };
      for await (const one of source.read(given)) all.push(one);
      return all;
    };
    const takeIn = async (): Promise<readonly SourceNews[]> => {
      const all = await news();
      for (const one of all) {
        if (one.news === 'moved') await store.moveTask({ ...one.move, key: one.move.task.key, at: 1 });
        if (one.news === 'open') await store.putTask({ repo: stage.repo, task: one.request, at: 1 });
        if (one.news === 'missing') await store.putTask({ repo: stage.repo, task: one.task, at: 1 });
      }
      return all;
    };
    const kinds = (all: readonly SourceNews[]): readonly string[] =>
      all.flatMap((one) => (one.news === 'all' || (one.news === 'problems' && one.problems.length === 0) ? [] : [one.news]));
    const stored = async (id: string): Promise<Task> => (await store.task({ repo: stage.repo, id }))!;
    const delivered = async (id: string): Promise<Task> => {
      const claim = await claimBy(store, { taskKey: (await stored(id)).key });
      if (!claim.claimed) throw new Error(claim.why);
      await closeAs(store, { lease: claim.lease, to: 'delivered' });
      return stored(id);
    };
    const marks: { from: string | null; to: string | null }[] = [];
    const complete = (tasks: readonly Task[]): Promise<Completion> => {
      marks.length = 0;
      const { signal } = new AbortController();
      return source.complete({ repo: stage.repo, tasks, at: Date.UTC(2026, 1, 7), marked: (mark) => void marks.push(mark), signal });
    };
    /** Stores the completion as a supervisor does. */
    const done = async (task: Task, { told }: Completion): Promise<void> => {
      const tick = told.get(task.id);
      const patch = { ticks: [...task.ticks, ...(tick === undefined || tick === null ? [] : [tick])] };
      await store.moveTask({
        key: task.key,
        from: ['delivered'],
        to: 'done',
        reason: { code: 'finished', facts: { evidence: null } },
        at: 2,
        patch,
      });
    };
    const open = async (...ids: readonly string[]): Promise<void> => {
      for (const id of ids) await stage.open({ id, title: `Title of ${id}` });
      await takeIn();
    };

    it('has a mark that changes with what people do there, and with nothing else', async () => {
      const { one } = stage.ids;
      const before = source.mark(stage.repo);
      await stage.open({ id: one, title: 'A' });
      const after = source.mark(stage.repo);
      expect(after).not.toBe(before);
      await takeIn();
      expect(source.mark(stage.repo)).toBe(after);
      await stage.close(one);
      expect(source.mark(stage.repo)).not.toBe(after);
    });

    it('tells what is open with what is stored of it, and at last at which mark it was read', async () => {
      const { one } = stage.ids;
      await stage.open({ id: one, title: 'A', body: 'as it is meant' });
      const first = await takeIn();
      expect(first.filter((piece) => piece.news === 'open')).toMatchObject([
        { request: { id: one, title: 'A', wanted: true, body: 'as it is meant' }, stored: null },
      ]);
      expect(first.at(-1)).toEqual({ news: 'all', mark: source.mark(stage.repo), tasks: 1 });
      const asked = first.find((piece) => piece.news === 'open')!.request;
      expect(await source.body({ repo: stage.repo, request: asked })).toBe('as it is meant');
      const before = await store.tasks({});
      const second = await takeIn();
      expect(kinds(second)).toEqual(['open']);
      expect(second.find((piece) => piece.news === 'open')?.stored).toEqual(before[0]);
      expect(await store.tasks({})).toEqual(before);
    });

    it('has a task cancelled that a person closes, and queued again that a person opens', async () => {
      const { one } = stage.ids;
      await open(one);
      await stage.close(one);
      expect(kinds(await takeIn())).toEqual(['moved']);
      expect((await stored(one)).state).toBe('cancelled');
      expect(kinds(await takeIn())).toEqual([]);
      await stage.openAgain(one);
      expect(kinds(await takeIn())).toEqual(['moved', 'open']);
      expect((await stored(one)).state).toBe('queued');
    });

    it('tells once that a task was taken out', async () => {
      const { one } = stage.ids;
      await open(one);
      await stage.remove(one);
      expect(kinds(await takeIn())).toEqual([expect.stringMatching(/^(?:missing|moved)$/)]);
      expect(kinds(await takeIn())).toEqual([]);
    });

    it('closes what is complete, and what it wrote itself is no news', async () => {
      const { one } = stage.ids;
      await open(one);
      const task = await delivered(one);
      const before = source.mark(stage.repo);
      const completion = await complete([task]);
      expect([[...completion.waiting], [...completion.told.keys()]]).toEqual([[], [one]]);
      expect([marks[0]?.from, marks.at(-1)]).toEqual([before, { from: before, to: source.mark(stage.repo) }]);
      expect(await stage.isOpen(one)).toBe(false);
      await done(task, completion);
      expect(kinds(await takeIn())).toEqual([]);
      expect((await stored(one)).state).toBe('done');
    });

    it('is told a completion again by whoever comes after one that died', async () => {
      const { one } = stage.ids;
      await open(one);
      const task = await delivered(one);
      const first = await complete([task]);
      expect(await complete([task])).toEqual(first);
      expect(await stage.isOpen(one)).toBe(false);
    });

    it('passes over what is not its own', async () => {
      await store.addTask({
        ...{ repo: stage.repo, taken: [], prefix: 'other-', at: 1 },
        task: { ...request(''), id: null, line: 'none' },
      });
      const task = await delivered('other-1');
      const completion = await complete([task]);
      expect([completion.waiting.size, completion.told.size, marks]).toEqual([0, 0, []]);
      await source.reopen(task);
      expect(source.mark(stage.repo)).toBe(null);
    });

    it('lets a task wait for its open subtasks, and closes both in one step', async () => {
      const { parent, child } = stage.ids;
      await open(parent, child);
      const above = await delivered(parent);
      const waits = await complete([above]);
      expect([[...waits.waiting], waits.told.size, await stage.isOpen(parent)]).toEqual([[parent], 0, true]);
      const both = await complete([above, await delivered(child)]);
      expect([both.waiting.size, [...both.told.keys()].toSorted()]).toEqual([0, [parent, child].toSorted()]);
      expect([await stage.isOpen(parent), await stage.isOpen(child)]).toEqual([false, false]);
    });

    it.each(['before', 'after'] as const)(
      'takes a completion back, of a task that a person resets %s it is stored as done',
      async (when) => {
        const { one } = stage.ids;
        await open(one);
        const task = await delivered(one);
        const completion = await complete([task]);
        if (when === 'after') await done(task, completion);
        await store.act({ key: task.key, action: 'reset', at: 3 });
        const ticks = [completion.told.get(one) ?? []].flat();
        await source.reopen({ ...(await stored(one)), ticks });
        expect(await stage.isOpen(one)).toBe(true);
        expect(kinds(await takeIn())).toEqual(['open']);
        expect((await stored(one)).state).toBe('queued');
      },
    );
  });
}
