// Phase 1: the open tasks of the sources become tasks in the store, and changes that people made there move them. A source
// owns which of its tasks are open and their text; the store owns their progress.
import { textOf } from '../../core/reason/words.ts';
import { isUnbegun } from '../../core/task/task.ts';
import type { Source, SourceMove, SourceNews, SourceProblem } from '../../ports/source.ts';
import { describe, markKey, type World } from '../world.ts';
import { emitMoved } from '../emit-moved.ts';
import { fireSchedules } from './schedules.ts';

/** Returns a description of what it did; null if nothing changed. */
export async function intake(world: World): Promise<string | null> {
  let changed = await fireSchedules(world);
  const repos = world.scope.repo === null ? await world.store.repos() : [world.scope.repo];
  for (const repo of repos) {
    for (const source of world.sources) {
      try {
        changed += await readSource(world, { source, repo });
      } catch (error) {
        // One unreadable list must not stop work on the others. The warning appears at each change of the file.
        world.emit({ type: 'warning', task: null, repo, attempt: null, ...describe(error, repo) });
      }
    }
  }
  return changed === 0 ? null : `${changed} ${changed === 1 ? 'task' : 'tasks'} added or updated`;
}

interface Asked {
  readonly source: Source;
  readonly repo: string;
}

/** Returns how many tasks changed. */
async function readSource(world: World, given: Asked): Promise<number> {
  const { source, repo } = given;
  const { store, memory, settings } = world;
  const key = markKey(given);
  if (memory.marks.get(key) === source.mark(repo)) return 0;
  // A list that was away and came back may have the same mark as before.
  memory.marks.delete(key);
  const isThere = async (): Promise<boolean> => {
    await world.repo.find(repo, (await settings(repo)).delivery);
    return true;
  };
  let changed = 0;
  for await (const news of source.read({ repo, tasks: (filter) => store.tasks(filter), isThere }))
    if (await applyNews(world, { ...given, news })) changed += 1;
  return changed;
}

/** Returns whether a task changed. */
async function applyNews(world: World, given: Asked & { readonly news: SourceNews }): Promise<boolean> {
  const { source, repo, news } = given;
  const { store, clock, memory } = world;
  switch (news.news) {
    case 'problems':
      // A file of another kind may cause a million problems; the first ones show what kind it is.
      for (const problem of news.problems.slice(0, 20)) warnOfProblem(world, { repo, problem });
      return false;
    case 'moved':
      return applyMove(world, news.move);
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
      // The mark is recorded last: if a task could not be stored, the source is read again.
      memory.marks.set(markKey(given), news.mark);
      return false;
  }
}

/** Returns whether the task was still in a state that it can be moved from. */
async function applyMove(world: World, { task, ...move }: SourceMove): Promise<boolean> {
  if ((await world.store.moveTask({ ...move, key: task.key, at: world.clock.now() })) !== 'ok') return false;
  emitMoved(world, { task, from: task.state, to: move.to, reason: textOf(move.reason) });
  return true;
}

function warnOfProblem(world: World, given: { readonly repo: string; readonly problem: SourceProblem }): void {
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

/**
 * A mark that changed through our own edit is not news: if the whole list were read again for each edit, the cost would be
 * the square of its length.
 */
export function recordOwnWrite(
  { marks }: Pick<World['memory'], 'marks'>,
  given: { readonly key: string; readonly from: string | null; readonly to: string | null },
): void {
  if (marks.get(given.key) === given.from) marks.set(given.key, given.to);
}
