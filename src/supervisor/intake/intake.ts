// Phase 1: what is open in the sources, as they stand now, becomes tasks of the store, and what people did there moves them.
// A source owns which of its tasks are open and what they say; the store owns how far they are.
import { textOf } from '../../core/reason/words.ts';
import { isUnbegun } from '../../core/task/task.ts';
import type { Source, SourceMove, SourceNews, SourceProblem } from '../../ports/source.ts';
import { describe, markKey, type World } from '../world.ts';
import { tellMoved } from '../tell-moved.ts';
import { fireSchedules } from './schedules.ts';

/** Answers what it did, in words; null when nothing changed. */
export async function intake(world: World): Promise<string | null> {
  let changed = await fireSchedules(world);
  const repos = world.scope.repo === null ? await world.store.repos() : [world.scope.repo];
  for (const repo of repos) {
    for (const source of world.sources) {
      try {
        changed += await readSource(world, { source, repo });
      } catch (error) {
        // One unreadable list must not keep the others from being worked on; it is told at each change of the file.
        world.emit({ type: 'warning', task: null, repo, attempt: null, ...describe(error, repo) });
      }
    }
  }
  return changed === 0 ? null : `${changed} ${changed === 1 ? 'task' : 'tasks'} taken in or brought up to date`;
}

interface Asked {
  readonly source: Source;
  readonly repo: string;
}

/** Answers how many tasks changed. */
async function readSource(world: World, given: Asked): Promise<number> {
  const { source, repo } = given;
  const { store, memory, settings } = world;
  const key = markKey(given);
  if (memory.marks.get(key) === source.mark(repo)) return 0;
  // What was away and is back looks as it did.
  memory.marks.delete(key);
  const isThere = async (): Promise<boolean> => {
    await world.repo.find(repo, (await settings(repo)).delivery);
    return true;
  };
  let changed = 0;
  for await (const news of source.read({ repo, tasks: (filter) => store.tasks(filter), isThere }))
    if (await takeIn(world, { ...given, news })) changed += 1;
  return changed;
}

/** Answers whether it changed a task. */
async function takeIn(world: World, given: Asked & { readonly news: SourceNews }): Promise<boolean> {
  const { source, repo, news } = given;
  const { store, clock, memory } = world;
  switch (news.news) {
    case 'problems':
      // A file of another kind may hold a million problems; the first ones tell what it is.
      for (const problem of news.problems.slice(0, 20)) tellProblem(world, { repo, problem });
      return false;
    case 'moved':
      return heedMove(world, news.move);
    case 'open': {
      const { request, stored } = news;
      if (!request.wanted && (stored === null || !isUnbegun(stored))) return false;
      const task = { ...request, body: await source.body({ repo, request }) };
      const put = await store.putTask({ repo, task, at: clock.now() });
      world.passing('taking-on');
      return put === 'added' || put === 'updated';
    }
    case 'missing':
      return (await store.putTask({ repo, task: news.task, at: clock.now() })) !== 'same';
    case 'all':
      // Only now: where a task could not be stored, the source is read again.
      memory.marks.set(markKey(given), news.mark);
      return false;
  }
}

/** Answers whether the task was still in a state from which it is moved. */
async function heedMove(world: World, { task, ...move }: SourceMove): Promise<boolean> {
  if ((await world.store.moveTask({ ...move, key: task.key, at: world.clock.now() })) !== 'ok') return false;
  tellMoved(world, { task, from: task.state, to: move.to, reason: textOf(move.reason) });
  return true;
}

function tellProblem(world: World, given: { readonly repo: string; readonly problem: SourceProblem }): void {
  const { code, place, line, message, hint } = given.problem;
  world.emit({
    type: 'warning',
    task: null,
    repo: given.repo,
    attempt: null,
    code,
    message: `${place}${line === null ? '' : `:${line}`}: ${message}`,
    hint,
  });
}

/** A mark that changed by our own edit is no news: to read the whole list again for each would cost the square of its length. */
export function noteOwnWrite(
  { marks }: Pick<World['memory'], 'marks'>,
  given: { readonly key: string; readonly from: string | null; readonly to: string | null },
): void {
  if (marks.get(given.key) === given.from) marks.set(given.key, given.to);
}
