// Phase 1: the open tasks of TODO.md, as the file stands now, become tasks of the store. The file owns which tasks are
// open and what they say; the store owns how far they are.
import { join } from 'node:path';
import { clashesIn } from '../../core/todo/clash.ts';
import { parseTodo, type TodoProblem } from '../../core/todo/line.ts';
import { requestsOf } from '../../core/todo/request.ts';
import { withBrief } from './brief.ts';
import { aboutList, goneFrom, heedLines, isUnbegun, newsIn, openIn, problemsIn } from './by-hand.ts';
import { fireSchedules } from './schedules.ts';
import { describe, type World } from '../world.ts';

/** Answers what it did, in words; null when nothing changed. */
export async function intake(world: World): Promise<string | null> {
  let changed = await fireSchedules(world);
  const repos = world.scope.repo === null ? await world.store.repos() : [world.scope.repo];
  for (const repo of repos) {
    try {
      changed += await intakeRepo(world, repo);
    } catch (error) {
      // One unreadable list must not keep the others from being worked on; it is told at each change of the file.
      world.emit({ type: 'warning', task: null, repo, attempt: null, ...describe(error, repo) });
    }
  }
  return changed === 0 ? null : `${changed} ${changed === 1 ? 'task' : 'tasks'} taken in or brought up to date`;
}

/** The mark of no file. */
const missing = '';

async function intakeRepo(world: World, repo: string): Promise<number> {
  const path = join(repo, 'TODO.md');
  if (world.memory.marks.get(path) === (world.todo.mark(path) ?? missing)) return 0;
  const file = await world.todo.read(path);
  // A file that was away and is back looks as it did.
  world.memory.marks.delete(path);
  const { ids } = (await world.settings(repo)).todo;
  const parsed = parseTodo({ text: file?.text ?? '', ids });
  // A file of another kind may hold a million problems; the first ones tell what it is.
  tell(world, { repo, path, problems: parsed.problems.slice(0, 20) });
  const list = { ...parsed, stored: await aboutList({ store: world.store, repo, tasks: parsed.tasks }) };
  const known = new Set(list.stored.flatMap((task) => (isUnbegun(task) ? [task.id] : [])));
  const seen = newsIn(list);
  // We tick a line, or open it, before we move its task: of a task that was moved since, the text may show the line as it
  // was before. A list that has changed meanwhile is read again at the next pulse.
  const news = world.todo.mark(path) === (file?.mark ?? null) ? seen : [];
  let changed = await heedLines(world, news);
  for (const request of requestsOf(parsed).values()) {
    if (known.has(request.id) || request.wanted) {
      const task = await withBrief(world, { repo, request });
      const put = await world.store.putTask({ repo, task, at: world.clock.now() });
      if (put === 'added' || put === 'updated') changed += 1;
      world.passing('taking-on');
    }
  }
  // Asked after the lines are taken in, so that a task that was added in the meantime is among them.
  const stored = await world.store.tasks({ repo, line: 'none', ids: openIn(parsed.tasks) });
  tell(world, { repo, path, problems: [...clashesIn({ tasks: parsed.tasks, stored }), ...problemsIn(news)].slice(0, 20) });
  // With the whole repository away (a disk that is not mounted, a folder that was moved) nobody has taken a line out.
  if (file === null) {
    await world.repo.find(repo, (await world.settings(repo)).delivery);
    // It may have come back in between.
    if ((await world.todo.read(path)) !== null) return changed;
  }
  for (const task of goneFrom(list)) if ((await world.store.putTask({ repo, task, at: world.clock.now() })) !== 'same') changed += 1;
  // Only now: where a task could not be stored, the list is read again.
  world.memory.marks.set(path, file?.mark ?? missing);
  return changed;
}

function tell(world: World, given: { repo: string; path: string; problems: readonly TodoProblem[] }): void {
  for (const { line, message, hint } of given.problems)
    world.emit({
      type: 'warning',
      task: null,
      repo: given.repo,
      attempt: null,
      code: 'todo',
      message: `${given.path}:${line}: ${message}`,
      hint,
    });
}
